"""What was understood of each resource: its codes, the words that were read, what the words did."""

import re
from collections.abc import Iterator

from cds_service.core.record import Concept
from cds_service.core.words.text import CONTEXT, Span, Text
from cds_service.core.words.tokens import DASHES
from cds_service.core.words.topics import named
from cds_service.fhir.notes import Coding, PartNote, What
from cds_service.workbench.doctor.body import leaves_of
from cds_service.workbench.doctor.effects import as_read, effects, items_of
from cds_service.workbench.doctor.examined import Examined, SentResource
from cds_service.workbench.doctor.findings import Finding
from cds_service.workbench.doctor.printable import code_of, counted, system_of

_LETTER = re.compile(r"\w")
NOTHING = "nothing is taken of it"
NO_WORD = "none that our lists hold"
_BETWEEN_CJK = re.compile(r"(?<=[\u3005-\u9fff]) (?=[\u3005-\u9fff])")


def reading_findings(case: Examined) -> Iterator[Finding]:
    """Say of each resource what it was read as and why; those that are nothing of ours last."""
    read = [one for one in case.resources if one.note.what in (What.READ, What.LEFT)]
    told = [found for one in read if (found := _of_resource(one, case))]
    yield from sorted(told, key=lambda found: found.words.endswith(NOTHING))
    if others := len(read) - len(told):
        yield Finding(
            f"{counted(others, 'further resource')}: about something else, as far as they were read"
        )


def _of_resource(sent: SentResource, case: Examined) -> Finding | None:
    """Explain a resource; nothing of one that is plainly about something else."""
    items = items_of(case.record, sent.reference)
    codes = [(part, part.coding) for part in sent.note.parts if part.coding]
    is_plain = all(p.meaning.is_understood and not p.meaning.concepts for p, _ in codes)
    words = [(place, text) for place, text in _texts(sent, case) if items or _is_telling(text)]
    if not items and not words and is_plain:
        return None
    did = effects(items, items_of(case.without_words, sent.reference))
    noted = (part for part in sent.note.parts if not part.coding)
    details = (
        *(_of_code(part, coding, case) for part, coding in codes),
        *(f"{place}: {_said(text, sent, case)}" for place, text in words),
        *(f"its words: {one}" for one in did),
        *(f"{part.element}: {part.words or 'only words, no code'}" for part in noted),
    )
    what = "; ".join(map(as_read, items)) or NOTHING
    return Finding(f"{sent.reference} at {sent.place}: {what}", details)


def _of_code(part: PartNote, coding: Coding, case: Examined) -> str:
    """Say whether a code is understood, and what it would be under a system that we know."""
    vocabulary, (system, code) = case.knowledge.vocabulary, coding
    known, concepts = vocabulary.system_sent(system), part.meaning.concepts
    is_ours = any(code.strip() == concept.code for concept in concepts)
    shown = f"`{code.strip()}`" if is_ours else code_of(code)
    shown = f"{part.element}: {shown} of {known.name if known else system_of(system)}"
    if concepts:
        means = ", ".join(dict.fromkeys(map(_meaning, concepts)))
        is_whole = part.meaning.is_understood
        return f"{shown} is {means}" if is_whole else f"{shown} is, as far as understood, {means}"
    if part.meaning.is_understood:
        return f"{shown} is something else: in no list of ours"
    return f"{shown} is not understood{_near(system, code, case)}"


def _near(system: str | None, code: str, case: Examined) -> str:
    vocabulary = case.knowledge.vocabulary
    for concept in vocabulary.near(system, code):
        urls = (url for url, one in vocabulary.systems.items() if one.name == concept.system_name)
        meant = f"{code_of(concept.code)} of {concept.system_name}"
        return f"; it would be {meant} if its system were sent as {next(urls)}"
    return ""


def _meaning(concept: Concept) -> str:
    return f"{concept.label} ({concept.value_set})"


def _texts(sent: SentResource, case: Examined) -> Iterator[tuple[str, Text]]:
    """Yield each text of a resource that the service has read, and where it stands.

    Some are read as one: the words of a code with those of its value.
    """
    leaves = dict.fromkeys(leaves_of(sent.content))
    yield from ((place, case.texts[one]) for place, one in leaves if one in case.texts)
    parts = sorted({one for _, one in leaves if one.strip()}, key=len, reverse=True)
    for joined in case.joined_texts:
        rest, within = joined, [part for part in parts if part in joined]
        for part in within:
            rest = rest.replace(part, "")
        if not _LETTER.search(rest) and not case.texts.keys() >= {*within}:
            places = (place for place, one in leaves if one in within)
            yield " with ".join(dict.fromkeys(places)), case.texts[joined]


def _is_telling(text: Text) -> bool:
    return not text.is_whole or bool(text.spans)


def _said(text: Text, sent: SentResource, case: Examined) -> str:
    """Name the listed words of a text and what they mean; its other words are the chart's own."""
    if not text.is_whole:
        return "too long: not read"
    topics = case.knowledge.topics
    kind = "condition" if sent.note.resource_type in ("Condition", "Procedure") else None
    found = [
        (one.span, one.topic)
        for pattern in topics.values()
        if pattern.of in (kind, "any") or (kind is None and sent.note.path[0] == "context")
        for one in named(text, pattern)
    ]
    families = (family for family in text.spans if family != CONTEXT and family not in topics)
    found += [(one, f"{family} {one.label}") for family in families for one in text.of(family)]
    told = (
        f'"{_phrase(span, text)}" ({means}{_context(span, text)})'
        for span, means in sorted(found, key=lambda one: (one[0].start, one[0].end, one[1]))
    )
    return f"words read: {', '.join(dict.fromkeys(told)) or NO_WORD}"


def _context(span: Span, text: Text) -> str:
    """Say what the context says of a finding, and by which words of its sentence."""
    said = ""
    for says in sorted(span.context):
        by = [one for one in text.of(CONTEXT) if (one.label, one.sentence) == (says, span.sentence)]
        nearest = min(by, key=lambda one: abs(one.start - span.start), default=None)
        said += f'; {says} by "{_phrase(nearest, text)}"' if nearest else f"; {says}"
    return said


def _phrase(span: Span, text: Text) -> str:
    """Return a phrase as our table lists it: folded, and without the dashes of the chart."""
    tokens = (one for one in text.tokens.folded[span.start : span.end] if one not in DASHES)
    return _BETWEEN_CJK.sub("", " ".join(tokens))
