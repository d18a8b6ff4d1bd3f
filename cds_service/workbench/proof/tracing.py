"""Proves that every sentence says where it comes from and every statement of the source has a home.

Whether an origin says what the sentence says is for a reader to judge.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cds_service.content.files.strict_yaml import read_list, read_yaml
from cds_service.content.files.words import raise_all, unknown, wrong
from cds_service.content.numbers import EvidenceItem
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.run import Case, Content
from cds_service.workbench.proof.schema import StatementsFile
from cds_service.workbench.proof.sentences import (
    NOTES,
    Sentence,
    card_sentences,
    read_front_matter,
    shared_sentences,
)

STATEMENTS = "statements.yaml"
SERVICE = "service"
"""The origin of a sentence about what this service read, could not read or does not know."""
PAGE = "Page"
ON_THE_PAGE = (PAGE, "Rationale")


@dataclass(frozen=True, slots=True)
class Trace:
    """The statements of the source text, and the sentences with a case that shows each.

    Page and Rationale stand on the card's page and not on the card, so no case shows them; a
    statement that a Page says has its home there.
    """

    source: StatementsFile
    sentences: tuple[tuple[Sentence, Case | None], ...]


def prove_trace(content: Content) -> Counter[str]:
    """Prove the statements, the sentences, the cases and the evidence against each other."""
    trace = trace_content(content)
    raise_all(_wrong_statements(trace.source, content))
    raise_all(_untraced(trace, content))
    return Counter(statements=len(trace.source.statements), sentences=len(trace.sentences))


def trace_content(content: Content) -> Trace:
    """Return each sentence with a case; any card may show what all cards share."""
    source = read_yaml(content.root / STATEMENTS, content.root, StatementsFile)
    of_all = [case for cases in content.cards.values() for case in cases]
    sentences = [one for card in content.cards for one in card_sentences(card, content.root)]
    sentences += shared_sentences(content.root)
    own = ((one, content.cards.get(one.owner, of_all)) for one in sentences)
    traced = ((one, next((c for c in cases if _says(c, one)), None)) for one, cases in own)
    return Trace(source, tuple(traced))


def _untraced(trace: Trace, content: Content) -> Problems:
    statements = {str(item.id) for item in trace.source.statements}
    known = {SERVICE, *statements, *content.knowledge.evidence}
    for sentence, _ in trace.sentences:
        yield from _wrong_origins(sentence, known)
    # Of a card that no case shows, no sentence is: that is told once, by the proof of its rule.
    silent = {card for card, cases in content.cards.items() if not any(map(_is_meant, cases))}
    said = set[str]()
    for sentence, case in trace.sentences:
        on_the_page = sentence.heading in ON_THE_PAGE
        if case or sentence.heading == PAGE or (not on_the_page and sentence.owner in silent):
            said |= {*sentence.origins}
        elif not on_the_page:
            words = f"no case shows this sentence, so none names `{sentence.part}`: {sentence.text}"
            yield wrong(sentence.text, words)
    yield from unknown((i.id for i in trace.source.statements), said, "no card says `{}`")
    cited: dict[str, set[str]] = {name: set() for name in content.cards}
    for sentence, _ in trace.sentences:
        names = {trace.source.evidence if o in statements else o for o in sentence.origins}
        cited.setdefault(sentence.owner, set()).update(names & content.knowledge.evidence.keys())
    yield from _uncited_evidence(content, cited)


def _is_meant(case: Case) -> bool:
    """Whether a case expects the card; that it comes is another proof."""
    return case.expected.outcome == "shown"


def _says(case: Case, sentence: Sentence) -> bool:
    if sentence.heading in ("Summary", "Detail", "Trust"):
        return _is_meant(case) and sentence.part in ("", case.decision.variant)
    said = {
        "Suggestions": case.expected.offered,
        "Findings": case.expected.findings,
        "Missing data": case.expected.notes,
        NOTES: case.expected.notes,
    }
    return sentence.part in (said.get(sentence.heading) or ())


def _wrong_statements(source: StatementsFile, content: Content) -> Problems:
    evidence = content.knowledge.evidence
    if source.evidence not in evidence:
        yield wrong(source.evidence, f"`{source.evidence}` is not in evidence.yaml")
    taken, last = {SERVICE, *evidence}, 0
    for item in source.statements:
        if item.id in taken:
            yield wrong(item.id, f"the name `{item.id}` is taken")
        if item.sentence not in (last, last + 1):
            yield wrong(item.id, f"sentence {item.sentence} does not follow sentence {last}")
        taken.add(item.id)
        last = item.sentence


def _wrong_origins(sentence: Sentence, known: set[str]) -> Problems:
    if not sentence.origins:
        words = "no origin stands behind this sentence, as [service] does"
        yield wrong(sentence.text, f"{words}: {sentence.text}")
    for origin in sentence.origins:
        if origin not in known:
            words = f"`{origin}` is neither in {STATEMENTS} nor in evidence.yaml nor `{SERVICE}`"
            yield wrong(sentence.text, words)


def _uncited_evidence(content: Content, cited: Mapping[str, set[str]]) -> Problems:
    """Yield what is listed and not cited, or cited and not listed; `cited` goes by card id.

    The shared notes stand under "", and need no list.
    """
    knowledge = content.knowledge
    for card_id in knowledge.cards:
        header = read_front_matter(card_id, content.root)
        for name in sorted(cited[card_id] - {*header.evidence}):
            words = f"a sentence of this card cites `{name}`: list it here"
            yield wrong((header.evidence, header.id), words)
        yield from unknown(header.evidence, cited[card_id], "no sentence of this card cites `{}`")
    numbers = knowledge.parameters.values()
    used = {source for sources in cited.values() for source in sources}
    used |= {number.evidence for number in numbers}
    used |= {number.replaces.evidence for number in numbers if number.replaces}
    used |= {name for system in knowledge.staging.systems.values() for name in system.evidence}
    words = "no sentence, number or staging system cites the evidence `{}`"
    evidence = read_list(content.root / "evidence.yaml", content.root, EvidenceItem)
    yield from unknown((one.id for one in evidence), used, words)
