"""Notes of what was done with each part of a request, kept only where somebody wants to see them.

`cds-service doctor` prints them, so that it cannot say another thing than the service does. On the
way of a hook call none are kept: every place that could take one asks first whether they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from cds_service.core.record import Recognise
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
    """What a note is about: a resource as a whole, then a code or words of it."""

    READ = "read"
    REPEATED = "sent before"
    LEFT = "about something else"
    NOT_READ = "not read"
    CODE = "code"
    NO_CODE = "words without a code"
    WORDS = "words read"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done; `element` is empty where it was done with a whole resource.

    `why` says why a resource was not read, or what its words say. A code has its `coding` as sent.
    `is_understood`: a value set knows the code, or the words say something that counts.
    """

    what: What
    path: Path
    resource_type: str | None = None
    element: str = ""
    why: str = ""
    coding: Coding | None = None
    is_understood: bool = False


@dataclass(slots=True)
class Notes:
    """The notes of one request in the order in which they were taken, none twice."""

    _taken: dict[Note, None] = field(default_factory=dict)
    _paths: dict[int, tuple[Path, Resource]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Note]:
        """Yield the notes."""
        return iter(self._taken)

    def whole(
        self, resource: Resource, path: Path, *, is_ours: bool | None, what: What = What.READ
    ) -> None:
        """Note what became of a resource, and where it stands; `is_ours` is None where unclear."""
        self._paths[id(resource)] = path, resource  # kept, so that its id stays its own
        why = "" if what is What.LEFT else _why_not_read(resource, is_ours)
        self._take(self._on(resource, What.NOT_READ if why else what, why=why))

    def not_read(self, path: Path, why: str) -> None:
        """Note something that stands where a resource was expected and is none."""
        self._take(Note(What.NOT_READ, path, why=why))

    def codes(
        self, resource: Resource, element: str, codings: Iterable[Coding], recognise: Recognise
    ) -> None:
        """Note each code of an element."""
        for coding in codings:
            note = self._on(resource, What.CODE, element)
            self._take(replace(note, coding=coding, is_understood=bool(recognise(*coding))))

    def no_code(self, resource: Resource, element: str) -> None:
        """Note an element that has words alone."""
        self._take(self._on(resource, What.NO_CODE, element))

    def words(
        self, resource: Resource, elements: Iterable[str], found: str, *, is_understood: bool
    ) -> None:
        """Note which elements had their words read, and what they say."""
        for element in elements:
            note = self._on(resource, What.WORDS, element, found)
            self._take(replace(note, is_understood=is_understood))

    def _on(self, resource: Resource, what: What, element: str = "", why: str = "") -> Note:
        path, _ = self._paths.get(id(resource), ((), None))
        return Note(what, path, resource.resource_type, element, why)

    def _take(self, note: Note) -> None:
        self._taken[note] = None


def _why_not_read(resource: Resource, is_ours: bool | None) -> str:
    """Say why a resource is not read, as the pool decides it; nothing where it is."""
    kind = resource.resource_type
    reasons = {
        NO_TYPE: kind is None,
        OUTCOME: kind == "OperationOutcome",
        FOREIGN: is_ours is False,
        ODD_SHAPE: isinstance(resource, Unreadable),
        MODIFIED: bool(resource.implicit_rules or resource.modifier_extension),
        NO_ID: is_ours is None and kind == "Patient",
        NO_SUBJECT: is_ours is None and kind in PATIENT_TYPES,
    }
    return next((why for why, holds in reasons.items() if holds), "")
