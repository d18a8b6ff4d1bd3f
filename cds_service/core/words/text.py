"""A text as it was read: the phrases that stand in it, and how they stand to each other."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from itertools import groupby
from operator import attrgetter
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar, cast

from cds_service.core.words.context import Context
from cds_service.core.words.tokens import Tokens

AnswerT = TypeVar("AnswerT")
AskedP = ParamSpec("AskedP")

CONTEXT = "context"
SIDE = "side"
SITE = "site"
# The groups of sites (`body-sites.yaml`).
HEAD, HIP, FEMUR, PELVIS, ELSEWHERE = "femoral-head", "hip", "femur", "pelvis", "other"
A_HIP = frozenset({HEAD, HIP})
# More than one hip, what joins two sites, a stage: what tells of sides and is none.
BESIDE_SIDES = "beside-sides"


class Span(NamedTuple):
    """A phrase that stands in a text: from its first token to the one behind its last.

    `family` is the table that lists it, `label` what the table says that it means.
    """

    family: str
    label: str
    start: int
    end: int
    sentence: int
    clause: int
    context: frozenset[Context]


Spans = Sequence[Span]

by_start: Callable[[Span], int] = attrgetter("start")
by_clause: Callable[[Span], int] = attrgetter("clause")
by_sentence: Callable[[Span], int] = attrgetter("sentence")


@dataclass(frozen=True, slots=True)
class Text:
    """What was found in a text, by family, in its order; not `is_whole` where it was too long.

    The triggers of context are there too, labelled with what they say.
    """

    tokens: Tokens
    spans: Mapping[str, Sequence[Span]]
    is_whole: bool = True
    answers: dict[object, tuple[object, object]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def of(self, family: str) -> Sequence[Span]:
        """Return the phrases of one family."""
        return self.spans.get(family, ())

    def labelled(self, family: str, *labels: str) -> list[Span]:
        """Return those of one family that have one of these labels."""
        return [span for span in self.of(family) if span.label in labels]


def kept(
    work_out: Callable[Concatenate[Text, AskedP], AnswerT],
) -> Callable[Concatenate[Text, AskedP], AnswerT]:
    """Keep with a text what was worked out of it, by what it was asked with.

    A short text is read once for many calls: then so is all that it says.
    """

    @wraps(work_out)
    def answer(text: Text, /, *asked: AskedP.args, **how: AskedP.kwargs) -> AnswerT:
        # What was asked with is kept too, so that its identity stays its own.
        key = (work_out, *map(id, asked), *how.values())
        found = text.answers.get(key)
        if found is None:
            found = text.answers[key] = asked, work_out(text, *asked, **how)
        return cast("AnswerT", found[1])

    return cast("Callable[Concatenate[Text, AskedP], AnswerT]", answer)


def grouped(key: Callable[[Span], int], spans: Spans) -> dict[int, list[Span]]:
    """Return the phrases of each clause, or of each sentence, in the order of the text."""
    return {place: list(group) for place, group in groupby(spans, key)}


def distance(finding: Span, other: Span) -> int:
    """Return how many tokens stand between two phrases."""
    return max(other.start - finding.end, finding.start - other.end, 0)


def nearest(finding: Span, spans: Spans) -> Span | None:
    """Return the nearest to a finding of some phrases in the order of the text."""
    at = bisect_left(spans, finding.start, key=by_start)
    near = spans[max(at - 1, 0) : at + 1]
    return min(near, key=lambda one: distance(finding, one), default=None)


def last_before(finding: Span, spans: Spans) -> Span | None:
    """Return the last of some phrases in the order of the text that begins before a finding."""
    at = bisect_left(spans, finding.start, key=by_start)
    return spans[at - 1] if at else None


def nearest_part(finding: Span, spans: Sequence[Span]) -> Sequence[Span]:
    """Return those of the same clause, else of the same sentence, else of the whole text."""
    in_clause = [span for span in spans if span.clause == finding.clause]
    return in_clause or [span for span in spans if span.sentence == finding.sentence] or spans
