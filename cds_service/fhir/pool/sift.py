"""A Bundle's entries -> those that need a closer look; the rest is left undecoded, and counted.

Most of a long chart is about something else: coded, and with nothing that a value set knows. A
chart can hold thousands of such entries, so they are told by their outline, in one tight loop.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cds_service.fhir.reader import Reader
from cds_service.fhir.shapes.decode import outline_of
from cds_service.fhir.shapes.resources import IMAGING_STUDY, Entry, Outline, Resource

# Read by their codes alone: without one that a value set knows, the rest of them does not matter.
_CODED_TYPES = frozenset({"Condition", "Procedure", IMAGING_STUDY})
_Spelled = tuple[str | None, str | None]


@dataclass(slots=True)
class Sifted:
    """Entries to look at, with their outlines; the types of those left, and how many as included.

    What a search includes beside its matches does not count towards the Bundle's total.
    """

    closer: list[tuple[Entry, Outline | Resource]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    included: int = 0


@dataclass(slots=True)
class Sift:
    """Knows how the patient is referred to, and which codes it has seen to be in no value set.

    `local_codes` are of code systems that the value sets do not know: there, words may stand in.
    """

    reader: Reader
    references: set[str | None]
    unknown_codes: set[_Spelled] = field(default_factory=set)
    local_codes: set[_Spelled] = field(default_factory=set)

    def sort(self, entries: Iterable[Entry]) -> Sifted:
        """Leave what is plainly the patient's and coded with nothing that a value set knows."""
        ours, sifted = self.references, Sifted()
        for entry in entries:
            outline = outline_of(entry.resource)
            subject, resource_type = outline.subject, outline.resource_type
            if (
                subject is not None
                and subject.reference in ours
                and resource_type in _CODED_TYPES
                and outline.patient is None
                and isinstance(outline, Outline)
                and self._says_nothing(outline)
            ):
                sifted.left.append(resource_type)
                if entry.search is not None and entry.search.mode == "include":
                    sifted.included += 1
            else:
                sifted.closer.append((entry, outline))
        return sifted

    def _says_nothing(self, outline: Outline) -> bool:
        """Tell whether there are codings, all unknown, and no words stand in for them."""
        codings = outline.codings
        if not codings:
            return False
        unknown, local, knowledge = self.unknown_codes, self.local_codes, self.reader.knowledge
        has_known_system = False
        for coding in codings:
            spelled = (coding.system, coding.code)
            if spelled not in unknown and spelled not in local:
                if coding.code is None or knowledge.recognise(coding.system, coding.code):
                    return False
                (unknown if knowledge.knows_system(coding.system) else local).add(spelled)
            has_known_system = has_known_system or spelled in unknown
        return has_known_system or not self._may_be_mention(outline)

    def _may_be_mention(self, outline: Outline) -> bool:
        """Tell whether a Condition names osteonecrosis of the femoral head in words."""
        is_condition = outline.resource_type == "Condition" and outline.code is not None
        text = outline.code.text if outline.code else None
        return is_condition and self.reader.names_femoral_head(text)
