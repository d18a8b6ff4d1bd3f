"""Proves that every sentence has its origin and every statement of the source text a home.

The tables are `statements.yaml`, `origins.yaml` for the shared notes, and `<card-id>/origins.yaml`.
Refuses to judge whether an origin says what the sentence says: that is for a reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.cards.card_schema import OriginFile, StatementFile, StatementsFile
from cds_service.content.files.source import Document, read_document
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.run import Exhibit, Exhibits
from cds_service.workbench.proof.sentences import (
    Sentence,
    read_card_sentences,
    read_shared_sentences,
)
from cds_service.workbench.proof.sources import prove_evidence

STATEMENTS = "statements.yaml"
ORIGINS = "origins.yaml"
SERVICE = "service"
"""The origin of a sentence about what this service read, could not read or does not know."""
ON_THE_PAGE = "Rationale"


@dataclass(frozen=True, slots=True)
class Traced:
    """A sentence, its origins, and the card and case that show it.

    `owner` is the card whose file holds it, or "" for a note that all cards share. `case` is None
    only in the Rationale, which stands on the card's page and not on the card.
    """

    sentence: Sentence
    origins: tuple[str, ...]
    owner: str
    card: str
    case: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """Every statement of the source text and every sentence of the cards, both ways proved."""

    statements: tuple[StatementFile, ...]
    sentences: tuple[Traced, ...]


def trace_content(knowledge: Knowledge, root: Path, exhibits: Exhibits) -> Trace:
    """Read the tables and prove them against every sentence; raise `KnowledgeError` at a gap."""
    document = read_document(root / STATEMENTS, root)
    content = document.read_as(StatementsFile)
    _check_statements(document, content, knowledge)
    reader = _Reader(root, knowledge, exhibits, frozenset(item.id for item in content.statements))
    traced = [one for card in knowledge.cards.values() for one in reader.trace_card(card)]
    traced += reader.trace_shared()
    said = {origin for one in traced if one.case for origin in one.origins}
    for i, item in enumerate(content.statements):
        if item.id not in said:
            raise document.error(f"$.statements[{i}]", f"no card says `{item.id}`")
    prove_evidence(root, knowledge, _cited(traced, reader.statements, content.evidence))
    return Trace(tuple(content.statements), tuple(traced))


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Path
    knowledge: Knowledge
    exhibits: Exhibits
    statements: frozenset[str]

    def trace_card(self, card: CardDefinition) -> list[Traced]:
        sentences = read_card_sentences(card.id, self.root)
        document = read_document(self.root / card.id / ORIGINS, self.root)
        origins = self._claimed(document, sentences)
        shown = [(card.id, exhibit) for exhibit in self.exhibits[card.id] if exhibit.is_shown]
        return [_traced(s, origins[(s.heading, s.text)], card.id, shown) for s in sentences]

    def trace_shared(self) -> list[Traced]:
        sentences = read_shared_sentences(self.root)
        origins = self._claimed(read_document(self.root / ORIGINS, self.root), sentences)
        shown = [(i, one) for i, all_ in self.exhibits.items() for one in all_ if one.is_shown]
        return [_traced(s, origins[(s.heading, s.text)], "", shown) for s in sentences]

    def _claimed(
        self, document: Document, sentences: list[Sentence]
    ) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the origins by heading and sentence; rows and sentences match one to one."""
        rows = document.read_as(dict[str, list[OriginFile]])
        claimed: dict[tuple[str, str], tuple[str, ...]] = {}
        for heading, row, place in _rows(rows):
            if (heading, row.sentence) in claimed:
                raise document.error(place, "this sentence stands here twice")
            self._check_origins(document, place, row)
            claimed[(heading, row.sentence)] = tuple(row.from_)
        for sentence in sentences:
            if (sentence.heading, sentence.text) not in claimed:
                words = f"`{document.file}` does not say where this comes from: {sentence.text}"
                raise KnowledgeError(sentence.file, sentence.line, words)
        written = {(sentence.heading, sentence.text) for sentence in sentences}
        for heading, row, place in _rows(rows):
            if (heading, row.sentence) not in written:
                raise document.error(place, f"no sentence under `{heading}` reads like this")
        return claimed

    def _check_origins(self, document: Document, place: str, row: OriginFile) -> None:
        if not row.from_:
            raise document.error(place, "a sentence comes from somewhere")
        for origin in row.from_:
            if origin not in {SERVICE, *self.statements, *self.knowledge.evidence}:
                words = (
                    f"`{origin}` is neither in {STATEMENTS} nor in evidence.yaml nor `{SERVICE}`"
                )
                raise document.error(place, words)


def _cited(
    traced: list[Traced], statements: frozenset[str], source_text: str
) -> dict[str, set[str]]:
    """Return the evidence that the sentences of each card cite; "" is the shared notes."""
    cited: dict[str, set[str]] = {}
    for one in traced:
        sources = {source_text if origin in statements else origin for origin in one.origins}
        cited.setdefault(one.owner, set()).update(sources - {SERVICE})
    return cited


def _rows(rows: Mapping[str, list[OriginFile]]) -> list[tuple[str, OriginFile, str]]:
    return [
        (heading, row, f"$.{heading}[{i}]")
        for heading, listed in rows.items()
        for i, row in enumerate(listed)
    ]


def _check_statements(document: Document, content: StatementsFile, knowledge: Knowledge) -> None:
    if content.evidence not in knowledge.evidence:
        raise document.error("$.evidence", f"`{content.evidence}` is not in evidence.yaml")
    seen, last = {SERVICE, *knowledge.evidence}, 0
    for i, item in enumerate(content.statements):
        if item.id in seen:
            raise document.error(f"$.statements[{i}]", f"the name `{item.id}` is taken")
        if item.sentence not in (last, last + 1):
            raise document.error(
                f"$.statements[{i}]", f"sentence {item.sentence} does not follow sentence {last}"
            )
        seen.add(item.id)
        last = item.sentence


def _traced(
    sentence: Sentence, origins: tuple[str, ...], owner: str, shown: list[tuple[str, Exhibit]]
) -> Traced:
    if sentence.heading == ON_THE_PAGE:
        return Traced(sentence, origins, owner, owner, None)
    for card, exhibit in shown:
        if _says(exhibit, sentence):
            return Traced(sentence, origins, owner, card, exhibit.case.expected.name)
    words = f"no case shows this sentence, so none names `{sentence.part}`: {sentence.text}"
    raise KnowledgeError(sentence.file, sentence.line, words)


def _says(exhibit: Exhibit, sentence: Sentence) -> bool:
    match sentence.heading:
        case "Summary" | "Detail":
            return sentence.part in ("", exhibit.decision.variant)
        case "Suggestions":
            return sentence.part in (exhibit.case.expected.offered or ())
        case "Findings":
            return sentence.part in (exhibit.case.expected.findings or ())
        case _:
            return sentence.part in (exhibit.case.expected.notes or ())
