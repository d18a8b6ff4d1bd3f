"""What orders and observations say of how much weight a leg may take, and on what aid."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cds_service.core.record import Load, LoadPlan, WalkingAid
from cds_service.core.words.context import Context
from cds_service.core.words.text import Span, Text, distance

LOAD_PLAN = "load-plan"
_STATUS = "status"
_NEAR = 2
_LOADS: Mapping[str, Load] = {
    "nonWeightBearing": "nonWeightBearing",
    "toeTouch": "toeTouch",
    "partial": "partial",
    "asTolerated": "asTolerated",
    "full": "full",
}
_BARE: Mapping[str, Load] = {
    "bareNonWeightBearing": "nonWeightBearing",
    "bareToeTouch": "toeTouch",
    "barePartial": "partial",
    "bareAsTolerated": "asTolerated",
    "bareFull": "full",
}
_AIDS: Mapping[str, WalkingAid] = {
    "twoCrutches": "twoCrutches",
    "oneCrutch": "oneCrutch",
    "crutches": "crutches",
    "stick": "stick",
    "frame": "frame",
}
_SILENT: frozenset[Context] = frozenset({"retracted", "past", "hypothetical", "family", "doubted"})


class _PlanTold(NamedTuple):
    """The limits and aids that texts name, and whether they speak of weight bearing at all."""

    loads: frozenset[Load]
    aids: tuple[WalkingAid, ...]
    is_about: bool


def read_load_plan(texts: Iterable[Text]) -> LoadPlan | None:
    """Return the plan that texts state together; None where they state none.

    Texts that name no limit, or several, are a plan as it is written.
    """
    told = _told([span for text in texts for span in _current(text)])
    if not (told.is_about or told.aids):
        return None
    aid = told.aids[0] if told.aids else None
    return LoadPlan(next(iter(told.loads)) if len(told.loads) == 1 else "asWritten", aid)


def _current(text: Text) -> Iterable[Span]:
    return [span for span in text.of(LOAD_PLAN) if not span.context & _SILENT]


def _is_by(span: Span, other: Span) -> bool:
    """Tell words that belong together: "weight bearing: full", not "weight bearing, full ROM"."""
    return span.clause == other.clause and distance(span, other) <= _NEAR


def _told(spans: list[Span]) -> _PlanTold:
    loads = {_LOADS[span.label] for span in spans if span.label in _LOADS}
    about = [span for span in spans if span.label == _STATUS]
    bare = {_BARE[s.label] for s in spans if s.label in _BARE and any(_is_by(s, o) for o in about)}
    named = [s for s in spans if s.label in _AIDS and "negated" not in s.context]
    aids = tuple(aid for label, aid in _AIDS.items() if any(s.label == label for s in named))
    return _PlanTold(frozenset(loads | bare), aids, bool(loads or about))
