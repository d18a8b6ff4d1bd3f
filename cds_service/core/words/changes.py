"""What a text says of bone beside a stage: that it was lost, that the necrosis has become worse."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cds_service.core.record import BoneLossKind, Worsening
from cds_service.core.words.context import Context
from cds_service.core.words.sides.said import SidesSaid
from cds_service.core.words.sides.whole import sides_in
from cds_service.core.words.text import A_HIP, FEMUR, PELVIS, SITE, Span, Text, kept

CHANGES = "changes"
BONE_LOSS: tuple[BoneLossKind, ...] = ("osteoporosis", "osteopenia")
_KINDS: Mapping[str, BoneLossKind] = {kind: kind for kind in BONE_LOSS}
_NAMED = frozenset({*BONE_LOSS, "lesion", "elsewhere"})
_MORE, _WORSE = {"more", "moreSince", "new"}, {"worse"}
_A_HIP = A_HIP | {FEMUR, PELVIS}
_SILENT: frozenset[Context] = frozenset(
    {"negated", "retracted", "doubted", "family", "planned", "hypothetical"}
)
_NOT_NOW = _SILENT | {"past", "otherSide"}


class Change(NamedTuple):
    """What is said of some hips; of bone loss, whether it is new or has become more."""

    says: BoneLossKind | Worsening
    said: SidesSaid
    is_more: bool = False


def read_changes(text: Text) -> Sequence[Change]:
    """Return what a text says; most texts say nothing of this."""
    return _changes(text) if text.of(CHANGES) else ()


@kept
def _changes(text: Text) -> tuple[Change, ...]:
    return tuple(_all_changes(text))


def _all_changes(text: Text) -> Iterator[Change]:
    spans = text.of(CHANGES)
    sides = sides_in(text)
    told = [span for span in spans if not span.context & _NOT_NOW]
    more = [(span, _changed(span, spans)) for span in told if span.label in _MORE]
    for span in spans:
        kind = _KINDS.get(span.label)
        if kind and not span.context & _SILENT:
            yield Change(kind, sides.of(span), any(span in found for _, found in more))
    worse = [span for span, found in more if span.label != "new" and _is_of_a_lesion(found)]
    worse += [span for span in told if span.label in _WORSE]
    larger = [
        span for span in told if span.label == "larger" and _is_of_a_lesion(_grown(span, spans))
    ]
    for span in _near_a_hip(worse, text):
        yield Change("worse", sides.of(span))
    for span in _near_a_hip(larger, text):
        yield Change("largerLesion", sides.of(span))


def _changed(span: Span, spans: Sequence[Span]) -> list[Span]:
    """Return what has become more: what its clause names, else what stands before "... than"."""
    named = _named(span, spans)
    in_clause = [one for one in named if one.clause == span.clause]
    is_compared = any(
        one.clause == span.clause
        if one.label in {"since", "moreSince"}
        else one.label == "new" and one.start == span.end
        for one in spans
    )
    before = [one for one in named if one.end <= span.start]
    return in_clause or (before[-1:] if is_compared else [])


def _grown(span: Span, spans: Sequence[Span]) -> list[Span]:
    """Return what has become larger: what stands before it in its clause, behind it, or before."""
    named = _named(span, spans)
    in_clause = [one for one in named if one.clause == span.clause]
    before = [one for one in named if one.end <= span.start]
    return [one for one in in_clause if one in before][-1:] or in_clause[:1] or before[-1:]


def _named(span: Span, spans: Sequence[Span]) -> list[Span]:
    return [one for one in spans if one.label in _NAMED and one.sentence == span.sentence]


def _is_of_a_lesion(found: Iterable[Span]) -> bool:
    labels = {one.label for one in found}
    return "lesion" in labels and "elsewhere" not in labels


def _near_a_hip(found: Iterable[Span], text: Text) -> Iterator[Span]:
    """Yield those whose sentence names a hip, or no place at all."""
    for span in found:
        near = {one.label for one in text.of(SITE) if one.sentence == span.sentence}
        if not near or near & _A_HIP:
            yield span
