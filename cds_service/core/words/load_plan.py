"""What orders and observations say of how much weight a leg may take, and on what aid."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cds_service.core.record import Load, LoadPlan, WalkingAid
from cds_service.core.words.context import Context
from cds_service.core.words.text import CONTEXT, Span, Text, distance

LOAD_PLAN = "load-plan"
_STATUS = ("status", "withoutWeightBearing")
_NO_LOAD, _WITHOUT_LOAD, _LIMIT = "noWeightBearing", "withoutWeightBearing", "limit"
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
    """The limits and aids that a text names, and whether it speaks of weight bearing at all."""

    loads: frozenset[Load]
    aids: frozenset[WalkingAid]
    is_about: bool


def read_load_plan(texts: Iterable[Text]) -> LoadPlan | None:
    """Return the plan that texts state together; None where they state none.

    Texts that name no limit, several, or only what is denied, are a plan as it is written.
    """
    told = [_told(text) for text in texts]
    aids = {aid for one in told for aid in one.aids}
    if not (aids or any(one.is_about for one in told)):
        return None
    loads = {load for one in told for load in one.loads}
    aid = next((aid for aid in _AIDS.values() if aid in aids), None)
    return LoadPlan(next(iter(loads)) if len(loads) == 1 else "asWritten", aid)


def _is_by(span: Span, other: Span) -> bool:
    """Tell words that belong together: "weight bearing: full", not "weight bearing, full ROM"."""
    return span.clause == other.clause and distance(span, other) <= _NEAR


def _told(text: Text) -> _PlanTold:
    spans = [span for span in text.of(LOAD_PLAN) if not span.context & _SILENT]
    about = [span for span in spans if span.label in _STATUS]
    loads: set[Load] = set()
    for span in spans:
        if span.label in (_NO_LOAD, _WITHOUT_LOAD):
            loads |= _of_limit(span, spans)
        elif span.label in _LOADS and not _is_denied(span, text):
            loads.add(_LOADS[span.label])
        elif span.label in _BARE and any(_is_by(span, one) for one in about):
            loads |= set() if _is_denied(span, text) else {_BARE[span.label]}
    aids = [s.label for s in spans if s.label in _AIDS and "negated" not in s.context]
    is_about = any(s.label in (_NO_LOAD, *_STATUS, *_LOADS) for s in spans)
    return _PlanTold(frozenset(loads), frozenset(_AIDS[label] for label in aids), is_about)


def _of_limit(span: Span, spans: Iterable[Span]) -> set[Load]:
    """Return what "no weight bearing" says: nothing sure with a limit farther on in its clause."""
    limits = [s for s in spans if s.label == _LIMIT and s.clause == span.clause]
    if any(s.start == span.end for s in limits):
        return {"full"}
    return {"nonWeightBearing"} if span.label == _NO_LOAD and not limits else set()


def _is_denied(span: Span, text: Text) -> bool:
    """Tell "not NWB" from "no pain, NWB": what denies it stands before it in its clause."""
    before = [one for one in text.labelled(CONTEXT, "negated") if one.start < span.start]
    return "negated" in span.context and any(one.clause == span.clause for one in before)
