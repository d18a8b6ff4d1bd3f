"""What the words of a diagnosis or an operation say: osteonecrosis where, or a replaced hip.

Each finding has its own place, side and state: "left hip AVN, s/p right THA" is two of them.
"""

from bisect import bisect_right
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Literal, NamedTuple

from cds_service.core.record import NO_SIDE, SIDES, Side
from cds_service.core.words.context import Context
from cds_service.core.words.lexicon import BESIDE_SIDES, CONTEXT, SITE, Span, Text
from cds_service.core.words.sides import (
    JOINED_WITHIN,
    JOINS,
    PLURAL,
    SidesSaid,
    alone_sides,
    are_staged,
    distance,
    is_alone_of,
    is_nearest,
    is_own,
    is_said_open,
    listed_clauses,
    near_sides,
    nearest_part,
    opposite,
    plain,
    plural_clauses,
    reach,
    side_spans,
    sided_of,
    sides_of,
    together,
    unclaimed,
)
from cds_service.core.words.topics import EXCEPTION, TextPattern, Topic

State = Literal["present", "planned", "past", "doubted", "excluded", "family"]
HEAD, HIP, FEMUR, PELVIS, ELSEWHERE = "femoral-head", "hip", "femur", "pelvis", "other"
A_HIP = frozenset({HEAD, HIP})
# A plan for an operation, a day, which is one without its year, and what says that it was done.
LATER, DAY, DONE, HEADING = "later", "day", "done", "heading"
_COMMAS = frozenset(",、;/")
# The states of what is there, perhaps or once, the surest first.
_AFFIRMED: tuple[State, ...] = ("present", "doubted", "past")
# A disease that somebody may get is as doubtful as one that he may have.
_TOLD: tuple[State, ...] = ("present", "doubted", "planned", "past")
# "AVN of both of the hips": a hip farther off belongs to something else.
OWN_WITHIN = 4
# What the context makes of a finding, the strongest first; an operation in the past is present.
_OF_A_DISEASE: Mapping[Context, State] = {
    "family": "family",
    "negated": "excluded",
    "planned": "planned",
    "doubted": "doubted",
    "past": "past",
}
_OF_AN_OPERATION: Mapping[Context, State] = {
    "family": "family",
    "negated": "excluded",
    "planned": "planned",
    "doubted": "doubted",
}


class EntryFinding(NamedTuple):
    """A disease or a prosthesis that words name: the groups of its sites, its hips, its state."""

    sites: frozenset[str]
    said: SidesSaid
    state: State


class EntryWords(NamedTuple):
    """What one text of an entry says; `sites` and `said` are of a text without a finding."""

    necroses: tuple[EntryFinding, ...] = ()
    prostheses: tuple[EntryFinding, ...] = ()
    sites: frozenset[str] = frozenset()
    said: SidesSaid = SidesSaid()


class Told(NamedTuple):
    """What all words of an entry say of its osteonecrosis; `state` is None where they name none."""

    sites: frozenset[str]
    said: SidesSaid
    state: State | None


def read_words(text: Text, topics: Mapping[str, TextPattern]) -> EntryWords:
    """Read one text of an entry: of its code, its body site, or what stands beside them."""
    placed = _necroses(text, topics)
    hips = _hips(text, topics[Topic.HIP_PROSTHESIS], placed)
    if hips:
        placed = {span: sites or frozenset({HIP}) for span, sites in placed.items()}
    necroses = _with_joined(text, placed)
    found = [*necroses, *hips]
    if not found:
        sites = frozenset(span.label for span in plain(text.of(SITE)))
        said = sides_of(plain(side_spans(text)))
        said = SidesSaid(is_open=True) if is_said_open(text) else said
        return EntryWords(sites=sites, said=said)
    alone = alone_sides(text, found)
    said_of = {span: _said(text, span, found, alone) for span in found}
    _of_hips(text, said_of, [span for span, sites in (necroses | hips).items() if sites & A_HIP])
    _with_hips_behind(text, said_of, [span for span, sites in necroses.items() if sites & A_HIP])
    risky, listed = _risky_sentences(text), _lists(text)
    of_disease = {s: _state(_of_disease(s, risky, listed), _OF_A_DISEASE) for s in necroses}
    planned = _to_come(text, hips)
    return EntryWords(
        tuple(EntryFinding(n, said_of[s], of_disease[s]) for s, n in necroses.items()),
        tuple(
            EntryFinding(n, said_of[s], _state(s.context | planned.get(s, set()), _OF_AN_OPERATION))
            for s, n in hips.items()
        ),
    )


def _necroses(text: Text, topics: Mapping[str, TextPattern]) -> dict[Span, frozenset[str]]:
    """Return the phrases that name osteonecrosis, with what speaks for or against the head."""
    elsewhere = {
        span: frozenset({ELSEWHERE}) for span in _named(text, topics[Topic.OTHER_OSTEONECROSIS])
    }
    placed = _placed(text, topics[Topic.FEMORAL_HEAD_MENTION], HEAD)
    return {
        span: _with_others(text, span, sites, [*placed, *elsewhere])
        for span, sites in placed.items()
        if not any(distance(span, other) == 0 for other in elsewhere)
    } | elsewhere


def _with_joined(text: Text, placed: Mapping[Span, frozenset[str]]) -> dict[Span, frozenset[str]]:
    """Add the other bones that share the disease of a hip."""
    necroses = dict(placed)
    for span in [span for span, sites in placed.items() if sites & A_HIP]:
        joined = _joined_bones(text, span, list(necroses))
        if joined and sided_of(text, joined) == joined:
            necroses[span] = _nearest_hips(text, span)
        necroses |= dict.fromkeys(joined, frozenset({ELSEWHERE}))
    elsewhere = [span for span, sites in placed.items() if sites == {ELSEWHERE}]
    sided = sided_of(text, text.labelled(SITE, *A_HIP)) if elsewhere else []
    for span in elsewhere:
        behind = _clauses_behind(text, span)
        necroses |= {hip: frozenset({hip.label}) for hip in sided if hip.clause in behind}
    return necroses


def told_of(words: Sequence[EntryWords], coded: frozenset[Side]) -> Told:
    """Return what the words of an entry say together, of the hips that its codes name if any."""
    found = [finding for one in words for finding in one.necroses]
    found = [f for f in found if f.sites & A_HIP and f.state in _TOLD] or found
    own = [f for f in found if not (coded and f.said.sides) or coded & f.said.sides] or found
    state = next((state for state in _TOLD if any(f.state == state for f in own)), None)
    meant = [finding for finding in own if finding.state in _TOLD]
    sites = frozenset().union(*(one.sites for one in meant), *(one.sites for one in words))
    said = [_union(f.said for f in one.necroses if f in own and f.state == state) for one in words]
    said += [one.said for one in words]
    denied = own[0].state if own else None
    return Told(sites, together(said), state or denied)


def prostheses_in(words: Sequence[EntryWords]) -> tuple[EntryFinding, ...]:
    """Return the prostheses that words say to be there, or perhaps."""
    found = (finding for one in words for finding in one.prostheses)
    return tuple(dict.fromkeys(f for f in found if f.state in _AFFIRMED))


def _union(said: Iterable[SidesSaid]) -> SidesSaid:
    """Return what several findings of one text say of their hips: each may name its own."""
    all_said = list(said)
    is_open = any(one.is_open for one in all_said)
    sides = frozenset(side for one in all_said for side in one.sides)
    return SidesSaid(NO_SIDE if is_open else sides, is_open)


def _named(text: Text, pattern: TextPattern) -> list[Span]:
    """Return the phrases that name a topic, where no exception stands in their clause."""
    spans = text.of(pattern.id)
    excepted = {span.clause for span in spans if span.label == EXCEPTION}
    besides = {(span.label, span.sentence) for span in spans}
    labels = {rule.says: rule for rule in pattern.rules}
    return [
        span
        for span in spans
        if span.label in labels
        and span.clause not in excepted
        and labels[span.label].is_written(span, text)
        and labels[span.label].is_beside(span, besides)
    ]


def _placed(text: Text, pattern: TextPattern, own: str) -> dict[Span, frozenset[str]]:
    """Return the phrases that name a topic with their site: one of its own, or the nearest."""
    needy = {rule.says for rule in pattern.rules if rule.at or rule.besides}
    # "ON" may be a nerve of the eye.
    vague = {rule.says for rule in pattern.rules if rule.capitals}
    placed = {
        span: _nearest_sites(text, span) if span.label in needy else frozenset({own})
        for span in _named(text, pattern)
    }
    return {span: sites for span, sites in placed.items() if sites or span.label not in vague}


def _hips(
    text: Text, pattern: TextPattern, necroses: Mapping[Span, frozenset[str]]
) -> dict[Span, frozenset[str]]:
    """Return the prostheses of hips; one of no named joint is that of a hip beside its disease."""
    placed = _placed(text, pattern, HIP)
    ends = {span.end for span in placed}
    beside = {span.sentence for span, sites in necroses.items() if sites & A_HIP}
    meant = {
        span: frozenset({HIP}) if not sites and span.sentence in beside else sites
        for span, sites in placed.items()
        if span.start not in ends
    }
    return {span: sites for span, sites in meant.items() if sites & A_HIP}


def _to_come(text: Text, hips: Iterable[Span]) -> dict[Span, set[Context]]:
    """Return the operations nearest to which a plan or a day to come stands: "THA in 2 weeks"."""
    done = {span.clause for span in text.labelled(BESIDE_SIDES, DONE)}
    plans = text.labelled(BESIDE_SIDES, LATER)
    plans += [d for d in text.labelled(BESIDE_SIDES, DAY) if len(text.tokens.raw[d.end - 1]) < 3]
    planned: dict[Span, set[Context]] = {}
    for plan in plans:
        near = [hip for hip in hips if hip.clause == plan.clause and "past" not in hip.context]
        least = min((distance(plan, hip) for hip in near), default=0) + JOINED_WITHIN
        if plan.clause not in done:
            planned |= {hip: {"planned"} for hip in near if distance(plan, hip) <= least}
    also = {h for h in hips for p in planned if distance(h, p) <= JOINED_WITHIN}
    return planned | {hip: {"planned"} for hip in also if "past" not in hip.context}


def _nearest_sites(text: Text, finding: Span) -> frozenset[str]:
    near = nearest_part(finding, text.of(SITE))
    least = min((_distance(text, finding, site) for site in near), default=0)
    return frozenset(site.label for site in near if _distance(text, finding, site) == least)


def _distance(text: Text, finding: Span, site: Span) -> int:
    """Return how far a site is from a finding; in Chinese and Japanese it stands before it."""
    is_behind = site.start > finding.start and not text.tokens.raw[finding.start].isascii()
    return distance(finding, site) + (len(text.tokens.raw) if is_behind else 0)


def _joined_bones(text: Text, finding: Span, others: Iterable[Span]) -> list[Span]:
    """Return other bones that share the disease: "both femoral heads and left humeral head".

    Such a one has a side of its own, and so has a hip of the same part of the text, or stands
    joined to the hip: "hips and knees".
    """
    own = _own_sites(text, finding, others)
    near = [site for site in own if site.clause == finding.clause]
    sited = sided_of(text, near)
    hips = [site for site in near if site.label in A_HIP]
    bones = sited if any(site in hips for site in sited) else []
    joins = text.labelled(BESIDE_SIDES, JOINS)
    edges = {place for hip in hips for place in (hip.start, hip.end)}
    joined = {j.end for j in joins if j.start in edges}
    joined |= {j.start for j in joins if j.end in edges}
    near = [s for s in near if s in bones or joined & {s.start, s.end}]
    behind = _clauses_behind(text, finding) if hips else set()
    near += [s for s in own if s.clause in behind]
    return [site for site in near if site.label == ELSEWHERE]


def _clauses_behind(text: Text, finding: Span) -> set[int]:
    """Return the parts of a list that follow that of a finding: "AVN of hips, knees, shoulders"."""
    listed, clauses = listed_clauses(text), text.tokens.clauses
    last = bisect_right(text.tokens.sentences, finding.sentence) - 1
    behind = range(finding.clause + 1, clauses[last] + 1)
    return set(takewhile(listed.__contains__, behind))


def _own_sites(text: Text, finding: Span, others: Iterable[Span]) -> list[Span]:
    """Return the sites that stand no nearer to another disease of the same part of the text."""
    rivals = [other for other in others if other.clause == finding.clause and other != finding]
    return [
        site
        for site in text.of(SITE)
        if all(_distance(text, finding, site) <= _distance(text, r, site) for r in rivals)
    ]


def _nearest_hips(text: Text, finding: Span) -> frozenset[str]:
    """Return the hips of the part of the text that a finding stands in."""
    hips = (site.label for site in text.of(SITE) if site.clause == finding.clause)
    return frozenset(label for label in hips if label in A_HIP)


def _with_others(
    text: Text, finding: Span, sites: frozenset[str], found: Iterable[Span]
) -> frozenset[str]:
    """Add to the site of a disease what may speak for or against the head.

    That is a hip of the same part of the text, beside a hip all sites of it, and beside a femur
    those of the sentence: "AVN of femur, medial condyle".
    """
    if sites and sites <= {FEMUR, PELVIS}:
        return sites | {s.label for s in text.of(SITE) if s.sentence == finding.sentence}
    near = {site.label for site in nearest_part(finding, _own_sites(text, finding, found))}
    return sites | near if near & A_HIP else sites


def _said(text: Text, finding: Span, found: Sequence[Span], alone: Iterable[Span]) -> SidesSaid:
    """Return the side of a finding, without those that stand nearer to something else."""
    sides = side_spans(text)
    if finding.family == SITE:
        own = [s for s in sides if is_own(s, finding)]
        return sides_of(own or [s for s in sides if s.clause == finding.clause])
    if "negated" in finding.context:
        listed = {finding.clause, *listed_clauses(text)}
        sides = [s for s in sides if s.start < finding.start or s.clause in listed]
    near = near_sides(text, finding, sides)
    hips = [s for s in text.of(SITE) if s.label in A_HIP and s.clause == finding.clause]
    bones = [span for span in found if span.family == SITE]
    is_alone = all(one.family == SITE or one == finding for one in found)
    own_hips = _own_hips(text, finding, hips, bones if is_alone else ())
    joints = text.labelled(SITE, ELSEWHERE) if hips else []
    joints += [hip for hip in hips if hip not in own_hips]
    near = [s for s in near if is_nearest(text, s, [finding, *own_hips], joints)] or near
    near = [s for s in near if not any(is_own(s, bone) for bone in bones)] or near
    nearest = [s for s in near if is_nearest(text, s, [finding], found)]
    own = nearest or unclaimed(text, near, found)
    if finding.clause in plural_clauses(text):
        own = [side for side in own if side.clause == finding.clause]
    elif not own:
        own = list(near)
    before = [s for s in own if reach(text, s, finding) < len(text.tokens.raw)]
    own = [*(before or own), *(side for side in alone if is_alone_of(text, side, finding))]
    if is_said_open(text):
        is_neither = "negated" in finding.context
        return SidesSaid(SIDES) if is_neither else SidesSaid(is_open=True)
    if "otherSide" in finding.context:
        return opposite(sides_of(sides))
    return SidesSaid(SIDES) if are_staged(text, own) else sides_of(own)


def _of_hips(text: Text, said: dict[Span, SidesSaid], hips: Iterable[Span]) -> None:
    """Say `both` of what names no side beside more than one hip: "AVN of the femoral heads"."""
    plural = {span.sentence for span in text.labelled(BESIDE_SIDES, PLURAL)}
    sited = {span.sentence for span in text.of(SITE)}
    for span in hips:
        is_near = span.sentence in (plural if span.sentence in sited else {span.sentence})
        if said[span] == SidesSaid() and plural and is_near:
            said[span] = SidesSaid(SIDES)


def _with_hips_behind(text: Text, said: dict[Span, SidesSaid], hips: Iterable[Span]) -> None:
    """Add the hips of a list: "AVN of right hip, left hip"."""
    sites = text.labelled(SITE, *A_HIP)
    own = [side for side in side_spans(text) if any(is_own(side, site) for site in sites)]
    for span in hips:
        behind = _clauses_behind(text, span) if said[span].sides else set()
        said[span] = _union((said[span], *(sides_of([s]) for s in own if s.clause in behind)))


def _own_hips(text: Text, finding: Span, hips: Sequence[Span], bones: Iterable[Span]) -> list[Span]:
    """Return the hip that stands nearest to a finding or a bone that has it too, and one joined.

    "AVN right hip and left hip" leaves the side open, "AVN right hip and OA left hip" does not.
    """
    near = [h for h in hips if any(distance(s, h) <= OWN_WITHIN for s in (finding, *bones))]
    nearest = min(near, key=lambda hip: _distance(text, finding, hip), default=finding)
    return [hip for hip in hips if hip == nearest or distance(hip, nearest) <= JOINED_WITHIN]


def _state(contexts: Collection[Context], states: Mapping[Context, State]) -> State:
    return next((state for context, state in states.items() if context in contexts), "present")


def _risky_sentences(text: Text) -> set[int]:
    """Return the sentences that tell of a risk, by one phrase for what may be and may come."""
    doubts = {span.start for span in text.labelled(CONTEXT, "doubted")}
    return {s.sentence for s in text.labelled(CONTEXT, "planned") if s.start in doubts}


def _lists(text: Text) -> set[int]:
    """Return the sentences that list what somebody has: "PMH: lupus, AVN of both hips"."""
    headings = text.labelled(BESIDE_SIDES, HEADING)
    if not headings:
        return set()
    own = {place for span in headings for place in range(span.start, span.end)}
    pasts = {s.sentence for s in text.labelled(CONTEXT, "past") if s.start not in own}
    commas = {
        s for raw, s in zip(text.tokens.raw, text.tokens.sentences, strict=True) if raw in _COMMAS
    }
    return {span.sentence for span in headings} & commas - pasts


def _of_disease(span: Span, risky: Container[int], lists: Container[int]) -> frozenset[Context]:
    """Return what the context says of a disease: a plan beside it is no risk of it."""
    is_risk = "doubted" in span.context and span.sentence in risky
    none: frozenset[Context] = frozenset()
    is_current = "current" in span.context or span.sentence in lists
    return span.context - (none if is_risk else {"planned"}) - ({"past"} if is_current else none)
