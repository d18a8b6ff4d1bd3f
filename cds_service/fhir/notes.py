"""Notes of what was done with each part of a request, kept only where somebody wants to see them.

`cds-service doctor` prints them, so that it cannot say another thing than the service does. On the
way of a hook call none are kept: every place that could take one asks first whether they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from cds_service.core.vocabulary.vocabulary import NOT_UNDERSTOOD, Meaning
from cds_service.fhir.shapes.patient import PATIENT_TYPES
from cds_service.fhir.shapes.resources import Resource, Unreadable

Path = tuple[str | int, ...]
"""Where something stands in a request: `("prefetch", "conditions", "entry", 0, "resource")`."""

Coding = tuple[str | None, str]
"""The system and the code as sent."""

FOREIGN = "is of another patient than context.patientId, which refuses the whole call"
OUTCOME = "is an OperationOutcome in place of data"
NO_RESOURCE = "holds no resource"
NO_TYPE = "has no resourceType"
ODD_SHAPE = "has a shape that cannot be read"
MODIFIED = "has implicitRules or a modifierExtension, which the service does not know"
NO_ID = "has no id that can be told"
NO_SUBJECT = "has no subject.reference to the patient that can be told"


class What(Enum):
    """What became of a resource."""

    READ = "read"
    REPEATED = "sent before"
    LEFT = "about something else"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class PartNote:
    """What was made of an element: of a code as sent and what it means, or of words.

    With neither it has words that nobody reads in place of a code. `is_understood`: a value set
    knows the code, or the words say something that counts.
    """

    element: str
    coding: Coding | None = None
    meaning: Meaning = NOT_UNDERSTOOD
    words: str = ""
    is_understood: bool = False


@dataclass(frozen=True, slots=True)
class ResourceNote:
    """What became of a resource, or of what stands where one was expected; why it is not read."""

    path: Path
    what: What
    resource_type: str | None = None
    why: str = ""
    parts: dict[PartNote, None] = field(default_factory=dict)


@dataclass(slots=True)
class Notes:
    """The notes of one request in the order in which they were taken."""

    resources: list[ResourceNote] = field(default_factory=list)
    _by_id: dict[int, tuple[ResourceNote, Resource]] = field(default_factory=dict)

    def whole(
        self, resource: Resource, path: Path, *, is_ours: bool | None, what: What = What.READ
    ) -> None:
        """Note what became of a resource, and where it stands; `is_ours` is None where unclear."""
        why = "" if what is What.LEFT else _why_not_read(resource, path, is_ours)
        note = ResourceNote(path, What.NOT_READ if why else what, resource.resource_type, why)
        self.resources.append(note)
        self._by_id[id(resource)] = note, resource  # kept, so that its id stays its own

    def not_read(self, path: Path, why: str) -> None:
        """Note something that stands where a resource was expected and is none."""
        self.resources.append(ResourceNote(path, What.NOT_READ, why=why))

    def codes(
        self, resource: Resource, element: str, read: Iterable[tuple[Coding, Meaning]]
    ) -> None:
        """Note each code of an element."""
        for coding, meaning in read:
            note = PartNote(element, coding, meaning, is_understood=bool(meaning.concepts))
            self._add(resource, note)

    def no_code(self, resource: Resource, element: str) -> None:
        """Note an element that has words alone."""
        self._add(resource, PartNote(element))

    def words(
        self, resource: Resource, elements: Iterable[str], found: str, *, is_understood: bool
    ) -> None:
        """Note which elements had their words read, and what they say."""
        for element in elements:
            self._add(resource, PartNote(element, words=found, is_understood=is_understood))

    def _add(self, resource: Resource, part: PartNote) -> None:
        note, _ = self._by_id[id(resource)]
        note.parts[part] = None


def _why_not_read(resource: Resource, path: Path, is_ours: bool | None) -> str:
    """Say why a resource is not read, as the pool decides it; nothing where it is."""
    kind = resource.resource_type
    reasons = {
        NO_TYPE: kind is None,
        OUTCOME: kind == "OperationOutcome",
        FOREIGN: is_ours is False,
        MODIFIED: bool(resource.implicit_rules or resource.modifier_extension),
        ODD_SHAPE: isinstance(resource, Unreadable),
        NO_ID: is_ours is None and kind == "Patient",
        NO_SUBJECT: is_ours is None and (kind in PATIENT_TYPES or path[0] == "context"),
    }
    return next((why for why, holds in reasons.items() if holds), "")
