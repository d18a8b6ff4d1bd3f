"""What every reader of a resource is given: the content, the day, and notes where they are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import NO_SIDE, Concept, Side
from cds_service.core.text.stages import sides_named
from cds_service.core.text.topics import Topic, is_named, is_ruled_out
from cds_service.fhir.notes import Coding, Notes
from cds_service.fhir.shapes.coding import codings_in, concepts_in, words_in
from cds_service.fhir.shapes.resources import Coded, Resource


@dataclass(frozen=True, slots=True)
class Reader:
    """Understands codes and words by the content; elements are named as FHIR names them."""

    knowledge: Knowledge
    today: date
    notes: Notes | None = None

    def concepts(self, resource: Resource, element: str, coded: Coded) -> tuple[Concept, ...]:
        """Return what the value sets know of every coding of an element."""
        if coded is None:
            return ()
        if self.notes is not None:
            self._note(self.notes, resource, element, coded)
        return concepts_in(coded, self.knowledge.recognise)

    def known(
        self, resource: Resource, element: str, codings: Iterable[Coding]
    ) -> tuple[Concept, ...]:
        """Return what the value sets know of codings that were found under an element."""
        found: list[Concept] = []
        for coding in codings:
            found += self.knowledge.recognise(*coding)
            if self.notes is not None:
                self.notes.codes(resource, element, [coding], self.knowledge.recognise)
        return tuple(found)

    def side_in_words(
        self, resource: Resource, words: Mapping[str, Iterable[str | None]]
    ) -> frozenset[Side]:
        """Return the side that the words of some elements name; many a code says none."""
        text = "; ".join(word for found in words.values() for word in found if word)
        if not text:
            return NO_SIDE
        sides = sides_named(text, self.knowledge.staging)
        if self.notes is not None:
            said = " and ".join(sorted(side.value for side in sides)) or "no one side"
            elements = [element for element, found in words.items() if any(found)]
            self.notes.words(resource, elements, f"they name {said}", is_understood=bool(sides))
        return sides

    def names_femoral_head(self, text: str | None) -> bool:
        """Tell whether words name osteonecrosis of the femoral head."""
        if not text:
            return False
        pattern = self.knowledge.free_text.patterns[Topic.FEMORAL_HEAD_MENTION]
        return is_named(pattern, [text]) and not is_ruled_out(pattern, [text])

    def _note(self, notes: Notes, resource: Resource, element: str, coded: Coded) -> None:
        codings = [(None, coded)] if isinstance(coded, str) else codings_in(coded)
        notes.codes(resource, element, codings, self.knowledge.recognise)
        if not codings and words_in(coded):
            notes.no_code(resource, element)
