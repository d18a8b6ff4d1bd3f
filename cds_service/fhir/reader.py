"""What every reader of a resource is given: the content, the day, and notes where they are kept.

Whatever a code or a text means is asked here: the readers find the elements, named as FHIR names
them, and the content understands what stands in them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar, cast

import msgspec

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Concept, ConditionRead, LoadPlan, OrderKind
from cds_service.core.vocabulary.vocabulary import Meaning
from cds_service.core.words.changes import Change, read_changes
from cds_service.core.words.diagnoses.reading import EntryWords, read_words
from cds_service.core.words.load_plan import read_load_plan
from cds_service.core.words.sides.said import SidesSaid, together
from cds_service.core.words.sides.whole import sides_in
from cds_service.core.words.stages.reading import read_stages
from cds_service.core.words.stages.today import Said
from cds_service.core.words.text import SITE, Text
from cds_service.core.words.topics import Topic, TopicsSaid, is_named, is_ruled_out, topics_in
from cds_service.fhir.notes import Coding, Notes, Path, What
from cds_service.fhir.shapes.coding import (
    all_elements_in,
    has_reference,
    members_of,
    spelled_in,
    spelled_within,
    words_in,
    words_within,
)
from cds_service.fhir.shapes.extensions import Beside, extensions_of
from cds_service.fhir.shapes.patient import refuse_foreign
from cds_service.fhir.shapes.repeated import refuse_repeated_in_resource
from cds_service.fhir.shapes.resources import NULL, Coded, Element, Resource, element_of

ELSEWHERE = "other"
"""The group of the sites that are neither a hip nor may hold one, of codes and of words."""

APART = "; "
"""Between texts that are read as one: no word of context reaches from the one into the other."""

_TOPICS_OF: Mapping[OrderKind, tuple[str, ...]] = {
    # A drug by vein is ordered as a service too.
    "service": ("service", "medication", "any"),
    "medication": ("medication", "any"),
    "any": ("service", "medication", "any"),
    "other": ("any",),
}

WordsByElement = Mapping[str, Sequence[str]]
AnswerT = TypeVar("AnswerT")

# What is kept from call to call has no more bytes of JSON, and no text that is longer than a name.
LONGEST_KEPT = 1_000
_REFERENCE = b'"reference":'
_LONG_TEXT = re.compile(rb'(?:[^"\\]|\\.){121}')
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that a name says, those that only its notes say, and those that are ruled out."""

    named: frozenset[str]
    noted: frozenset[str]
    ruled_out: frozenset[str]
    plan: LoadPlan | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What some elements of a resource say, with what their extensions add.

    Of each member of an element, one coding that is understood is enough: a local code beside it
    hides nothing. `is_unread`: a member was sent, in codes, in words or as another resource, and no
    code of it is understood; `unread` are those codes as sent. `is_unlisted`: a member has only
    codes of systems that we know, and no value set has them, which is something else, or a place
    that we don't know. `unread_beside`: what an extension tells in a code that is not understood.
    """

    concepts: tuple[Concept, ...] = ()
    words: tuple[str, ...] = ()
    is_unread: bool = False
    is_unlisted: bool = False
    unread: tuple[Coding, ...] = ()
    unread_beside: frozenset[Beside] = frozenset()


NOTHING = Understood()


@dataclass(slots=True)
class _Said:
    """What `Understood` is made of, member by member; `words` in their order."""

    concepts: list[Concept] = field(default_factory=list)
    words: dict[str, None] = field(default_factory=dict)
    is_unread: bool = False
    is_unlisted: bool = False
    unread: list[Coding] = field(default_factory=list)
    unread_beside: set[Beside] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Reader:
    """Understands codes and words by the content, and notes what was made of them.

    `texts` are those that were read; `too_long` holds one that is too long to be read, as often as
    it was asked for. `conditions` are by the identity of the resource what was read of each: its
    stages are asked for apart from the rest of it.
    """

    knowledge: Knowledge
    today: date
    notes: Notes | None = None
    texts: dict[str, Text] = field(default_factory=dict)
    too_long: list[Text] = field(default_factory=list)
    conditions: dict[int, tuple[Resource, tuple[ConditionRead, ...]]] = field(default_factory=dict)

    def read(self, text: str) -> Text:
        """Return what stands in a text; one that many resources hold is read once."""
        found = self.texts.get(text)
        if found is None:
            found = self.texts[text] = self.knowledge.lexicon.read(text)
        if not found.is_whole:
            self.too_long.append(found)
        return found

    def concepts(self, resource: Resource, *elements: str) -> tuple[Concept, ...]:
        """Return what the value sets know of every coding of some elements."""
        found: tuple[Concept, ...] = ()
        for element in elements:
            found += self.concepts_in(resource, element, element_of(resource, element))
        return found

    def concepts_in(self, resource: Resource, element: str, coded: Coded) -> tuple[Concept, ...]:
        """Return what the value sets know of every coding of a member of an element."""
        if coded is None:
            return ()
        return self.once(Concept, coded, lambda: self._concepts_in(resource, element, coded))

    def _concepts_in(self, resource: Resource, element: str, coded: Coded) -> tuple[Concept, ...]:
        codings = spelled_in(coded)
        if self.notes is not None and not codings and words_in(coded):
            self.notes.no_code(resource, element)
        return self.known(resource, element, codings)

    def known(
        self, resource: Resource, element: str, codings: Sequence[Coding]
    ) -> tuple[Concept, ...]:
        """Return what the value sets know of codings that were found under an element."""
        meanings = self._meanings(resource, element, codings)
        return tuple(concept for _, meaning in meanings for concept in meaning.concepts)

    def _meanings(
        self, resource: Resource, element: str, codings: Iterable[Coding]
    ) -> list[tuple[Coding, Meaning]]:
        """Return each coding with what it means, and note it."""
        understand = self.knowledge.vocabulary.understand
        meanings = [(coding, understand(*coding)) for coding in codings]
        if self.notes is not None:
            self.notes.codes(resource, element, meanings)
        return meanings

    def understood(self, resource: Resource, *elements: str) -> Understood:
        """Return what the codes, the words and the extensions of some elements say."""
        return self.understood_in(resource, {e: element_of(resource, e) for e in elements})

    def understood_in(self, resource: Resource, sent: Mapping[str, Coded]) -> Understood:
        """Return the same of members that stand deeper, by what they are noted under."""
        coded = [member for member in sent.values() if member is not None]
        if not coded:
            return NOTHING
        return self.once(Understood, coded, lambda: self._understood(resource, sent))

    def once(self, what: object, sent: object, work_out: Callable[[], AnswerT]) -> AnswerT:
        """Return what is said by parts of a resource alone, worked out once for many calls.

        Nothing is kept where notes are, since each place is to have its own, nor with a reference.
        """
        if self.notes is not None:
            return work_out()
        try:
            key, kept = (what, _ENCODE(sent)), self.knowledge.kept
        except RecursionError:  # nothing real is so deep
            return work_out()
        found = kept.get(key)
        if found is None:
            too_long = len(self.too_long)
            found = work_out()
            if _may_be_kept(key[1]) and len(self.too_long) == too_long:
                kept[key] = found
        return cast("AnswerT", found)

    def _understood(self, resource: Resource, sent: Mapping[str, Coded]) -> Understood:
        whole = _Said()
        for element, coded in sent.items():
            for member in members_of(coded):
                within = all_elements_in(member)
                self._add(whole, resource, element, member, within)
                self._add_extensions(whole, resource, element, within)
        return Understood(
            concepts=tuple(whole.concepts),
            words=tuple(whole.words),
            is_unread=whole.is_unread,
            is_unlisted=whole.is_unlisted,
            unread=tuple(whole.unread),
            unread_beside=frozenset(whole.unread_beside),
        )

    def _add_extensions(
        self, said: _Said, resource: Resource, element: str, within: list[Element]
    ) -> None:
        for what, value in extensions_of(within):
            told = _Said()
            self._add(told, resource, element, value, all_elements_in(value))
            said.concepts += told.concepts
            said.words.update(told.words)
            if told.is_unread or not (told.concepts or told.is_unlisted):
                said.unread_beside.add(what)

    def _add(
        self, said: _Said, resource: Resource, element: str, coded: Coded, within: list[Element]
    ) -> None:
        """Add what one member of an element says, without its extensions."""
        codings, words = spelled_within(coded, within), words_within(coded, within)
        meanings = self._meanings(resource, element, codings)
        unread = [coding for coding, meaning in meanings if not meaning.is_understood]
        concepts = [concept for _, meaning in meanings for concept in meaning.concepts]
        said.concepts += concepts
        said.words.update(words)
        if len(unread) < len(codings):
            said.is_unlisted = said.is_unlisted or not concepts
        elif codings or words or has_reference(within):
            said.is_unread = True
            said.unread += unread

    def saw(
        self, resource: Resource, path: Path, *, is_ours: bool | None, what: What = What.READ
    ) -> None:
        """Note what became of a resource; without notes, one of another patient refuses the call.

        `is_ours` is None where it cannot be told whose it is.
        """
        if self.notes is None:
            refuse_foreign(is_ours)
        else:
            self.notes.whole(resource, path, is_ours=is_ours, what=what)

    def used(self, resource: Resource) -> None:
        """Refuse the call where a resource that is read says twice whose it is."""
        if self.notes is None and resource.sent is not NULL:
            refuse_repeated_in_resource(resource.sent)
            resource.sent = NULL

    def saw_no_resource(self, path: Path, why: str) -> None:
        """Note something that stands where a resource was expected and is none."""
        if self.notes is not None:
            self.notes.not_read(path, why)

    def side_in_words(self, resource: Resource, words: WordsByElement) -> SidesSaid:
        """Return the side that the words of some elements name, or that they leave it open."""
        said = together(sides_in(self.read(text)).ordered for text in _texts(words))
        told = " and ".join(sorted(side.value for side in said.sides)) or "no one side"
        self._note(resource, words, f"they name {told}", is_understood=bool(said.sides))
        return said

    def is_elsewhere(self, text: str | None) -> bool:
        """Tell whether words name sites, all of them surely neither a hip nor near one."""
        named = {span.label for span in self.read(text).of(SITE)} if text else set[str]()
        return named == {ELSEWHERE}

    def entry_words(self, resource: Resource, words: WordsByElement) -> tuple[EntryWords, ...]:
        """Return what the words of an entry say of osteonecrosis and of replaced hips, by text."""
        topics = self.knowledge.topics
        found = tuple(read_words(self.read(text), topics) for text in _texts(words))
        named = [
            *("osteonecrosis" for one in found if one.necroses),
            *("a replaced hip" for one in found if one.prostheses),
            *("a site or a side" for one in found if one.sites or one.said.sides),
        ]
        told = " and ".join(dict.fromkeys(named)) or "nothing that a card is about"
        self._note(resource, words, f"they name {told}", is_understood=bool(named))
        return found

    def stages(
        self, resource: Resource, words: WordsByElement, beside: str, *, is_about: bool
    ) -> tuple[Said, ...]:
        """Return what the words of some elements say of stages, read with words beside them."""
        found = read_stages(self._with(beside, words), self.knowledge.staging, is_about=is_about)
        if self.notes is not None:
            said = {one.says for one in found}
            is_stage = "stage" in said
            told = "they state a stage" if is_stage else "they state no stage"
            if said - {"stage"}:
                told = f"they say of a stage or a head: {_listed(said)}"
            self._note(resource, words, told, is_understood=bool(said - {"unread"}))
        return found

    def changes(self, resource: Resource, words: WordsByElement, beside: str) -> list[Change]:
        """Return what the words of some elements say of bone loss, and of a necrosis that grows."""
        found = list(read_changes(self._with(beside, words)))
        if found and self.notes is not None:
            told = f"they say of the bone: {_listed({one.says for one in found})}"
            self._note(resource, words, told, is_understood=True)
        return found

    def _with(self, beside: str, words: WordsByElement) -> Text:
        """Return the words of some elements, read with words beside them."""
        text = " ".join(_texts(words))
        return self.read(f"{beside}\n\n{text}" if beside else text)

    def topics(
        self,
        resource: Resource,
        kind: OrderKind,
        names: WordsByElement,
        notes: WordsByElement,
        *,
        is_coded: bool,
    ) -> Topics:
        """Return the topics of an order's words.

        Where a listed code says what is ordered, its words count only for the topics that no code
        can name. All names are read as one text, since the one tells of what and the other where; a
        drug's notes tell its route, so they are read with them.
        """
        patterns = [p for p in self.knowledge.topics.values() if p.of in _TOPICS_OF[kind]]
        note = [self.read(text) for text in _texts(notes)]
        name = [self.read(APART.join(_texts(names)))]
        if kind in ("medication", "any"):
            name.append(self.read(APART.join([*_texts(names), *_texts(notes)])))
        by_name, by_note = self._topics_in(name), self._topics_in(note)
        of_notes = {p.id for p in patterns if p.reads_notes}
        of_kind = of_notes if is_coded else {p.id for p in patterns}
        excluded = by_name.ruled_out | (by_note.ruled_out & of_notes)
        ruled_out = excluded.intersection(p.id for p in patterns)
        named = (by_name.named & of_kind) - ruled_out
        noted = (by_note.named & of_notes) - ruled_out - named
        said = f"they name {_listed(named) or 'nothing that a card is about'}"
        said += f", they rule out {_listed(ruled_out)}" if ruled_out else ""
        self._note(resource, names, said, is_understood=bool(named))
        said = f"they tell of {_listed(noted) or 'nothing more that a card is about'}"
        self._note(resource, notes, said, is_understood=bool(noted))
        is_load = Topic.WEIGHT_BEARING not in ruled_out and kind in ("service", "any")
        return Topics(named, noted, ruled_out, read_load_plan(name + note) if is_load else None)

    def _topics_in(self, texts: Iterable[Text]) -> TopicsSaid:
        said = [topics_in(text, self.knowledge.topics) for text in texts]
        named = frozenset[str]().union(*(one.named for one in said))
        return TopicsSaid(named, frozenset[str]().union(*(one.ruled_out for one in said)))

    def load_plan(self, words: WordsByElement, beside: str) -> LoadPlan | None:
        """Return the plan that the words of some elements state of the load on a leg.

        What rules out an order on weight bearing, as an arm does, rules out a plan.
        """
        texts = [self._with(beside, words)]
        is_other = is_ruled_out(self.knowledge.topics[Topic.WEIGHT_BEARING], texts)
        return None if is_other else read_load_plan(texts)

    def names(self, resource: Resource, topic: str, words: WordsByElement) -> bool:
        """Tell whether the words of some elements, read as one text, name a topic."""
        pattern = self.knowledge.topics[topic]
        texts = [self.read(APART.join(_texts(words)))]
        found = is_named(pattern, texts) and not is_ruled_out(pattern, texts)
        self._note(resource, words, f"they name {topic}", is_understood=True) if found else None
        return found

    def _note(
        self, resource: Resource, words: WordsByElement, said: str, *, is_understood: bool
    ) -> None:
        if self.notes is not None:
            elements = [element for element, texts in words.items() if texts]
            self.notes.words(resource, elements, said, is_understood=is_understood)


def _may_be_kept(sent: bytes) -> bool:
    return len(sent) <= LONGEST_KEPT and _REFERENCE not in sent and not _LONG_TEXT.search(sent)


def _texts(words: WordsByElement) -> list[str]:
    return [text for texts in words.values() for text in texts]


def _listed(topics: Iterable[str]) -> str:
    return ", ".join(sorted(topics))
