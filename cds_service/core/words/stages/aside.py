"""What a text says of no hip of today: of one that is replaced, or of patients in general."""

from collections.abc import Container, Iterable

from cds_service.core.record import SIDES
from cds_service.core.words.sides.said import side_spans
from cds_service.core.words.stages.around import Surroundings
from cds_service.core.words.stages.nobody import legends, taken_out
from cds_service.core.words.stages.staging import COLLAPSE, STAGING
from cds_service.core.words.stages.when import Days
from cds_service.core.words.text import CONTEXT, Span, Text, by_clause, grouped


class SetAside:
    """What is said of no hip of today: of a hip that is replaced, or of patients in general."""

    def __init__(self, text: Text, around: Surroundings, days: Days) -> None:
        spans = text.of(STAGING)
        sides = side_spans(text)
        self._sided, self._around = {span.clause for span in sides}, around
        self._earlier = {span.clause for span in spans if span.label == "earlier"}
        advised = {span.sentence for span in spans if span.label == "advice"}
        sided = {span.sentence for span in sides}
        self._general = _general_clauses(spans, advised, sided)
        self._lessons = _lessons(text, advised, sided)
        self._legends, self._out = legends(text), frozenset().union(*taken_out(text))
        wanted = advised | {span.sentence for span in spans if span.label == "wanted"}
        reasons = grouped(by_clause, [span for span in spans if span.label == "reason"])
        planned = {span.clause for span in text.labelled(CONTEXT, "planned")}
        done = days.clauses | {span.clause for span in spans if span.label == "done"}

        def is_gone(span: Span) -> bool:
            """Tell whether a phrase says so: `置換術後`, `s/p THA`, `THA for collapse`."""
            apart = {"planned", "doubted", "negated", "family"} & span.context
            is_reasoned = any(span.end <= one.start for one in reasons.get(span.clause, ())[-1:])
            is_reasoned = (is_reasoned or span.clause in done) and span.clause not in planned
            is_done = "past" in span.context or is_reasoned
            is_told = is_done and not apart and span.sentence not in wanted
            return span.label == "gone" or (span.label == "replaced" and is_told)

        gone = list(filter(is_gone, spans))
        self._gone = grouped(by_clause, gone)
        hips = Surroundings(text, gone, ())
        self._replaced = SIDES & frozenset().union(
            *(hips.hips(span).sides for span in gone if span.clause in self._sided)
        )
        self._by_sentence = {span.sentence: (span, hips.hips(span).sides) for span in gone}

    def holds(self, span: Span) -> bool:
        """Tell whether a finding is said of such a hip, or of none."""
        is_taught = span.start >= self._lessons.get(span.sentence, span.end)
        is_taught = is_taught or any(span.start in stretch for stretch in self._legends)
        if is_taught or span.clause in self._general:
            return True
        sides = self._around.hips(span).sides
        if self._out and sides <= self._out:
            return True
        if sides and sides <= self._replaced and span.clause in self._sided:
            return True
        gone, replaced = self._by_sentence.get(span.sentence, (None, SIDES))
        if gone is None:
            return False
        is_near = span.clause in self._gone or gone.start > span.start
        is_near = is_near or span.clause in self._earlier or span.clause in self._sided
        is_near = is_near or self._around.is_apart
        return is_near and sides <= replaced and (bool(sides) or gone.start < span.start)


def _general_clauses(
    spans: Iterable[Span], advised: Container[int], sided: Container[int]
) -> set[int]:
    """Return the clauses that speak of patients in general, in sentences without a side."""
    return {
        span.clause
        for span in spans
        if span.label == "general" or (span.label == "bound" and span.sentence in advised)
        if span.sentence not in sided
    }


def _lessons(text: Text, advised: Container[int], sided: Container[int]) -> dict[int, int]:
    """Return from where on a sentence without a side speaks of patients in general."""
    spans = text.of(STAGING)
    diseased = {span.sentence for span in spans if span.label == "disease"}
    within = text.labelled(COLLAPSE, "within")
    advice = [s for s in within if s.sentence in advised and s.sentence not in diseased]
    told = [*(span for span in spans if span.label == "lesson"), *advice]
    return {one.sentence: one.start for one in reversed(told) if one.sentence not in sided}
