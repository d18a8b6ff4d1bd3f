"""docs/traceability.md: the source text to the cards, and each sentence to its origin."""

from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.run import Case
from cds_service.workbench.proof.sentences import Sentence
from cds_service.workbench.proof.tracing import SERVICE, Trace
from cds_service.workbench.review_pages.markdown import NOTICE, code, table

_INTRODUCTION = (
    "The source text is a surgeon's published answers on conservative treatment. Its statements "
    "stand here in our own words; `sentence` counts its sentences without the questions. A case "
    f"is one of `cards/<card>/cases/`, and shows the sentence. `{SERVICE}` marks a sentence about "
    "what this service read, could not read or computed. The Rationale stands on the card's page, "
    "not on the card, so it has no case and is nobody's only home."
)
_SHARED = "Notes that all cards share"


def traceability(trace: Trace, knowledge: Knowledge) -> str:
    """Return the page; both tables are complete, or the trace would not have been proved."""
    lines = ["# Traceability", "", NOTICE, "", _INTRODUCTION, ""]
    lines += ["## From the source text to the cards", "", *_statements(trace)]
    lines += ["## From the cards to their origins", ""]
    for owner in dict.fromkeys(sentence.owner for sentence, _ in trace.sentences):
        lines += [f"### {owner or _SHARED}", "", *_sentences(trace, owner)]
    lines += ["## Citations", "", *_citations(knowledge)]
    return "\n".join(lines)


def _statements(trace: Trace) -> list[str]:
    rows = [
        (str(item.sentence), f"`{item.id}`", item.says, case.card.id, _heading(sentence), case.name)
        for item in trace.source.statements
        for sentence, case in trace.sentences
        if case and item.id in sentence.origins
    ]
    return table(
        ("sentence", "statement", "in our words", "card", "heading", "case"), dict.fromkeys(rows)
    )


def _sentences(trace: Trace, owner: str) -> list[str]:
    rows = [
        (_heading(sentence), sentence.text, code(sentence.origins), _shown_by(sentence, case))
        for sentence, case in trace.sentences
        if sentence.owner == owner
    ]
    return table(("heading", "sentence", "from", "case"), dict.fromkeys(rows))


def _heading(sentence: Sentence) -> str:
    return " / ".join(filter(None, (sentence.heading, sentence.part)))


def _shown_by(sentence: Sentence, case: Case | None) -> str:
    if case is None:
        return "the card's page"
    return case.name if sentence.owner else f"{case.card.id}: {case.name}"


def _citations(knowledge: Knowledge) -> list[str]:
    rows = [
        (f"`{source.id}`", source.kind, source.citation, source.says)
        for source in knowledge.evidence.values()
    ]
    return table(("id", "kind", "citation", "says"), rows)
