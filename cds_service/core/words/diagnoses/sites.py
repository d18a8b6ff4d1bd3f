"""Where a diagnosis or an operation is: the bones and hips that its words name."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, takewhile

from cds_service.core.words.diagnoses.bound import (
    COMPLAINT,
    OTHER_FINDING,
    SMALL,
    Phrase,
    phrases_of,
)
from cds_service.core.words.diagnoses.near import JOINS, listed_clauses
from cds_service.core.words.text import (
    A_HIP,
    BESIDE_SIDES,
    ELSEWHERE,
    FEMUR,
    HEAD,
    HIP,
    PELVIS,
    SIDE,
    SITE,
    Span,
    Text,
    distance,
    nearest_part,
)
from cds_service.core.words.topics import EXCEPTION, TextPattern, Topic

# What says itself that nobody knows where it is.
UNPLACED = "unplaced"
Phrases = Mapping[Span, Phrase]
"""The phrase that a side, a site or a finding belongs to."""


def place_findings(
    text: Text, topics: Mapping[str, TextPattern]
) -> tuple[dict[Span, frozenset[str]], dict[Span, frozenset[str]]]:
    """Return the phrases that name osteonecrosis, and those that name a replaced hip, with sites.

    A disease of no named site is of the hip where a prosthesis of one stands beside it, and where
    the text does not say that its site is not known.
    """
    own = (Topic.FEMORAL_HEAD_MENTION, Topic.OTHER_OSTEONECROSIS, Topic.HIP_PROSTHESIS)
    named = {span: frozenset[str]() for topic in own for span in _named(text, topics[topic])}
    phrases = {span: one for one in phrases_of(text, named) for span in one.spans}
    placed = _necroses(text, topics, phrases)
    hips = _hips(text, topics[Topic.HIP_PROSTHESIS], placed, phrases)
    if hips and not text.labelled(BESIDE_SIDES, UNPLACED):
        placed = {span: sites or frozenset({HIP}) for span, sites in placed.items()}
    return _with_joined(text, placed, phrases), hips


def _necroses(
    text: Text, topics: Mapping[str, TextPattern], phrases: Phrases
) -> dict[Span, frozenset[str]]:
    """Return the phrases that name osteonecrosis, with what speaks for or against the head."""
    elsewhere = {
        span: frozenset({ELSEWHERE}) for span in _named(text, topics[Topic.OTHER_OSTEONECROSIS])
    }
    placed = _placed(text, topics[Topic.FEMORAL_HEAD_MENTION], HEAD, phrases)
    return {
        span: _with_others(text, span, sites, [*placed, *elsewhere], phrases)
        for span, sites in placed.items()
        if not any(distance(span, other) == 0 for other in elsewhere)
    } | elsewhere


def _with_joined(
    text: Text, placed: Mapping[Span, frozenset[str]], phrases: Phrases
) -> dict[Span, frozenset[str]]:
    """Add the other bones that share the disease of a hip."""
    necroses = dict(placed)
    for span in [span for span, sites in placed.items() if sites & A_HIP]:
        bones = _joined_bones(text, span, list(necroses), phrases)
        joined = [bone for bone in bones if phrases[bone].findings <= {span}]
        if joined and all(phrases[s].sides for s in joined):
            necroses[span] = _nearest_hips(text, span)
        necroses |= dict.fromkeys(joined, frozenset({ELSEWHERE}))
    elsewhere = [span for span, sites in placed.items() if sites == {ELSEWHERE}]
    sided = [s for s in text.labelled(SITE, *A_HIP) if phrases[s].sides]
    for span in elsewhere:
        behind = clauses_behind(text, span)
        necroses |= {hip: frozenset({hip.label}) for hip in sided if hip.clause in behind}
    return necroses


def _hips(
    text: Text,
    pattern: TextPattern,
    necroses: Mapping[Span, frozenset[str]],
    phrases: Phrases,
) -> dict[Span, frozenset[str]]:
    """Return the prostheses of hips; one of no named joint is that of a hip beside its disease."""
    placed = _placed(text, pattern, HIP, phrases)
    ends = {span.end for span in placed}
    # "Total hip (joint) replacement", "人工全髋(关节)置换" are one.
    ends |= {site.end for site in text.of(SITE) if any(site.start < e <= site.end for e in ends)}
    beside = {span.sentence for span, sites in necroses.items() if sites & A_HIP}
    is_of_hips = all(sites & A_HIP or not sites for sites in necroses.values())

    def is_beside(span: Span) -> bool:
        """Tell whether a disease of a hip is beside it: "bilateral AVN. Left replaced"."""
        return span.sentence in beside or (is_of_hips and bool(necroses and phrases[span].sides))

    meant = {
        span: frozenset({HIP}) if not sites and is_beside(span) else sites
        for span, sites in placed.items()
        if span.start not in ends
    }
    return {span: sites for span, sites in meant.items() if sites & A_HIP}


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


def _placed(
    text: Text, pattern: TextPattern, own: str, phrases: Phrases
) -> dict[Span, frozenset[str]]:
    """Return the phrases that name a topic with their site: one of its own, or the nearest."""
    needy = {rule.says for rule in pattern.rules if rule.at or rule.besides}
    # "ON" may be a nerve of the eye.
    vague = {rule.says for rule in pattern.rules if rule.capitals}
    lost = {span.clause for span in text.labelled(BESIDE_SIDES, UNPLACED)}
    none = frozenset[str]()
    placed = {
        span: none if span.clause in lost else _nearest_sites(text, span, phrases)
        for span in _named(text, pattern)
    }
    placed |= {span: frozenset({own}) for span in placed if span.label not in needy}
    return {span: sites for span, sites in placed.items() if sites or span.label not in vague}


def _nearest_sites(text: Text, finding: Span, phrases: Phrases) -> frozenset[str]:
    near = phrases[finding].sites or nearest_part(finding, _sites_for(text, finding, phrases))
    least = min((site_distance(text, finding, site) for site in near), default=0)
    return frozenset(site.label for site in near if site_distance(text, finding, site) == least)


def _sites_for(text: Text, finding: Span, phrases: Phrases) -> list[Span]:
    """Return the sites that a finding may be at: none in another sentence, "left hip arthritis"."""
    is_negated = "negated" in finding.context
    return [
        site
        for site in text.of(SITE)
        if site.sentence == finding.sentence or is_negated or not _is_strange(site, phrases[site])
    ]


def _is_strange(site: Span, phrase: Phrase) -> bool:
    """Tell whether a site is that of something else: "hip arthritis", "shoulder pain"."""
    kinds = {finding.label for finding in phrase.findings}
    return OTHER_FINDING in kinds or (COMPLAINT in kinds and site.label == ELSEWHERE)


def site_distance(text: Text, finding: Span, site: Span) -> int:
    """Return how far a site is from a finding; in Chinese and Japanese it stands before it."""
    is_behind = site.start > finding.start and not text.tokens.raw[finding.start].isascii()
    return distance(finding, site) + (len(text.tokens.raw) if is_behind else 0)


def _joined_bones(
    text: Text, finding: Span, others: Iterable[Span], phrases: Phrases
) -> list[Span]:
    """Return other bones that share the disease of a hip: "both hips and left humeral head".

    Nothing but a side and what joins them stands between such ones, or they follow in a list.
    """
    own = _own_sites(text, finding, others, phrases)
    near = [site for site in own if site.clause == finding.clause]
    hips = [site for site in near if site.label in A_HIP]
    row = _rows_of(text, near)
    joined = {row[hip] for hip in hips}
    behind = clauses_behind(text, finding) if hips else set()
    bones = [s for s in near if row[s] in joined] + [s for s in own if s.clause in behind]
    return [site for site in bones if site.label == ELSEWHERE]


def _rows_of(text: Text, sites: Sequence[Span]) -> dict[Span, int]:
    """Return by site the row that it stands in: sites with no other word between them."""
    beside = (*text.of(SIDE), *text.labelled(BESIDE_SIDES, JOINS, SMALL))
    idle = {at for span in (*beside, *sites) for at in range(span.start, span.end)}
    words = enumerate(text.tokens.raw)
    told = list(accumulate(raw[0].isalnum() and at not in idle for at, raw in words))
    return {site: told[site.start] for site in sites}


def clauses_behind(text: Text, finding: Span) -> set[int]:
    """Return the parts of a list that follow that of a finding: "AVN of hips, knees, shoulders"."""
    listed, clauses = listed_clauses(text), text.tokens.clauses
    last = bisect_right(text.tokens.sentences, finding.sentence) - 1
    behind = range(finding.clause + 1, clauses[last] + 1)
    return set(takewhile(listed.__contains__, behind))


def _own_sites(text: Text, finding: Span, others: Iterable[Span], phrases: Phrases) -> list[Span]:
    """Return the sites that are not, or stand no nearer to, those of another disease beside it."""
    rivals = [other for other in others if other.clause == finding.clause and other != finding]
    return [
        site
        for site in text.of(SITE)
        if phrases[site].findings.isdisjoint(rivals)
        and all(site_distance(text, finding, site) <= site_distance(text, r, site) for r in rivals)
    ]


def _nearest_hips(text: Text, finding: Span) -> frozenset[str]:
    """Return the hips of the part of the text that a finding stands in."""
    hips = (site.label for site in text.of(SITE) if site.clause == finding.clause)
    return frozenset(label for label in hips if label in A_HIP)


def _with_others(
    text: Text,
    finding: Span,
    sites: frozenset[str],
    found: Iterable[Span],
    phrases: Phrases,
) -> frozenset[str]:
    """Add to the site of a disease what may speak for or against the head.

    That is a hip of the same part of the text, beside a hip all sites of it, and beside a femur
    those of the sentence that are of nothing else: "AVN of femur, medial condyle".
    """
    if sites and sites <= {FEMUR, PELVIS}:
        same = (s for s in text.of(SITE) if s.sentence == finding.sentence)
        return sites | {s.label for s in same if _may_be_of(phrases[s], phrases[finding])}
    own = set(_own_sites(text, finding, found, phrases))
    may = [site for site in _sites_for(text, finding, phrases) if site in own]
    near = {site.label for site in nearest_part(finding, may)}
    return sites | near if sites and near & A_HIP else sites


def _may_be_of(site: Phrase, finding: Phrase) -> bool:
    """Tell whether a site may be that of a finding: of no other one, and of no other side."""
    sides = {side.label for side in (*site.sides, *finding.sides)}
    return site == finding or (not site.findings and len(sides) <= 1)
