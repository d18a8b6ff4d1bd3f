"""A draft order's words -> the topics that they name, note or rule out; decides nothing."""

from cds_service.core.knowledge import Knowledge
from cds_service.core.text.topics import TextPattern, is_named, is_ruled_out
from cds_service.fhir.read.order_words import NAMES, NOTES, Json, codings_under, words_in

Topics = frozenset[str]


def topics_of(
    kind: str, contents: tuple[Json, ...], knowledge: Knowledge
) -> tuple[Topics, Topics, Topics]:
    """Return the topics of the name, those of the notes only, and those that are ruled out.

    Where a code system that the value sets know names the order, its words count only for the
    topics that no code can name.
    """
    names = tuple(text for content in contents for text in words_in(content, NAMES))
    notes = tuple(text for content in contents for text in words_in(content, NOTES))
    is_coded = any(
        knowledge.knows_system(system)
        for content in contents
        for system, _ in codings_under(content, NAMES)
    )
    patterns = [p for p in knowledge.free_text.patterns.values() if p.of == kind]
    ruled_out = {p.id for p in patterns if is_ruled_out(p, _whole(p, names, notes))}
    read = [p for p in patterns if p.id not in ruled_out and (p.reads_notes or not is_coded)]
    topics = frozenset(p.id for p in read if is_named(p, names))
    noted = frozenset(p.id for p in read if p.reads_notes and is_named(p, notes))
    return topics, noted - topics, frozenset(ruled_out)


def _whole(pattern: TextPattern, names: tuple[str, ...], notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return where exceptions count: a drug's notes tell its route, else where words are read."""
    return (*names, *notes) if pattern.reads_notes or pattern.of == "medication" else names
