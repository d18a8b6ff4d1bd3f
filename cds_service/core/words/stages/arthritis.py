"""The words on a worn joint that tell of arthritis alone, and so nothing of a femoral head."""

from cds_service.core.words.stages.staging import COLLAPSE, STAGING
from cds_service.core.words.text import SITE, Text

_WORN = ("worn", "narrow", "lost")


def of_arthritis(text: Text) -> frozenset[int]:
    """Return where they stand: where osteonecrosis is denied, or not named and a scale grades them.

    Beside a scale a word for arthritis says nothing in any case, unless it is `grave`.
    """
    words, scaled = text.labelled(COLLAPSE, *_WORN), text.labelled(STAGING, "scale")
    if not words:
        return frozenset()
    named = _names_of_the_disease(text)
    affirmed, graded = "" in named, {span.sentence for span in scaled}
    grave = {span.clause for span in text.labelled(COLLAPSE, "grave")}
    return frozenset(
        word.start
        for word in words
        if (not affirmed and ("negated" in named or word.sentence in graded))
        or (word.label == "worn" and word.sentence in graded and word.clause not in grave)
    )


def _names_of_the_disease(text: Text) -> set[str]:
    """Return whether osteonecrosis is affirmed (nothing), or `negated`; a bare head is no name."""
    sites = {place for span in text.of(SITE) for place in range(span.start, span.end)}
    names = (span for span in text.labelled(STAGING, "disease") if span.start not in sites)
    return {"negated" if "negated" in span.context else "" for span in names}
