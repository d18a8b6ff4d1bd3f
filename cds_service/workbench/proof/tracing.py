"""Proves that every sentence says where it comes from and every statement of the source has a home.

Whether an origin says what the sentence says is for a reader to judge.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.cards.card_schema import StatementFile, StatementsFile
from cds_service.content.files.source import Document, read_document
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError
from cds_service.workbench.proof.run import Exhibit, Exhibits
from cds_service.workbench.proof.sentences import (
    Sentence,
    read_card_sentences,
    read_shared_sentences,
)
from cds_service.workbench.proof.sources import prove_evidence

STATEMENTS = "statements.yaml"
SERVICE = "service"
"""The origin of a sentence about what this service read, could not read or does not know."""
ON_THE_PAGE = "Rationale"


@dataclass(frozen=True, slots=True)
class Traced:
    """A sentence, and the card and case that show it.

    `owner` is the card whose file holds it, or "" for a note that all cards share. `case` is None
    only in the Rationale, which stands on the card's page and not on the card.
    """

    sentence: Sentence
    owner: str
    card: str
    case: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """Every statement of the source text and every sentence of the cards, both ways proved."""

    statements: tuple[StatementFile, ...]
    sentences: tuple[Traced, ...]


def trace_content(knowledge: Knowledge, root: Path, exhibits: Exhibits) -> Trace:
    """Prove the statements against every sentence; raise `KnowledgeError` at a gap."""
    document = read_document(root / STATEMENTS, root)
    content = document.read_as(StatementsFile)
    _check_statements(document, content, knowledge)
    statements = {item.id for item in content.statements}
    owned = [(card_id, one) for card_id in exhibits for one in read_card_sentences(card_id, root)]
    owned += [("", one) for one in read_shared_sentences(root)]
    for _, sentence in owned:
        _check_origins(sentence, {SERVICE, *statements, *knowledge.evidence})
    traced = [_traced(sentence, owner, exhibits) for owner, sentence in owned]
    said = {origin for one in traced if one.case for origin in one.sentence.origins}
    for i, item in enumerate(content.statements):
        if item.id not in said:
            raise document.error(f"$.statements[{i}]", f"no card says `{item.id}`")
    prove_evidence(root, knowledge, _cited(traced, statements, content.evidence))
    return Trace(tuple(content.statements), tuple(traced))


def _check_origins(sentence: Sentence, known: Collection[str]) -> None:
    words = f"no origin stands behind this sentence, as [{SERVICE}] does: {sentence.text}"
    for origin in sentence.origins or ("",):
        if origin not in known:
            if origin:
                words = (
                    f"`{origin}` is neither in {STATEMENTS} nor in evidence.yaml nor `{SERVICE}`"
                )
            raise KnowledgeError(sentence.file, sentence.line, words)


def _cited(
    traced: list[Traced], statements: Collection[str], source_text: str
) -> dict[str, set[str]]:
    """Return the evidence that the sentences of each card cite; "" is the shared notes."""
    cited: dict[str, set[str]] = {}
    for one in traced:
        sources = {source_text if name in statements else name for name in one.sentence.origins}
        cited.setdefault(one.owner, set()).update(sources - {SERVICE})
    return cited


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


def _traced(sentence: Sentence, owner: str, exhibits: Exhibits) -> Traced:
    """Find a case that shows the sentence; any card may show what all cards share."""
    if sentence.heading == ON_THE_PAGE:
        return Traced(sentence, owner, owner, None)
    for card in (owner,) if owner else exhibits:
        for exhibit in exhibits[card]:
            if exhibit.is_shown and _says(exhibit, sentence):
                return Traced(sentence, owner, card, exhibit.case.expected.name)
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
