"""The sides and sites around the stages and shapes of a text."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from cds_service.core.words.sides.said import (
    ONE_SIDE,
    OPEN,
    SIDES_OF,
    SidesSaid,
    opposite,
    side_spans,
)
from cds_service.core.words.stages.blocks import Blocks
from cds_service.core.words.stages.staging import COLLAPSE, STAGING
from cds_service.core.words.stages.turns import UNTOLD, Turns
from cds_service.core.words.text import (
    SITE,
    Span,
    Text,
    by_clause,
    by_sentence,
    by_start,
    grouped,
    last_before,
    nearest,
)

Place = Literal["hip", "elsewhere", "notSaid"]
_PLACES: Mapping[str, Place] = {"hip": "hip", "femoral-head": "hip", "other": "elsewhere"}


class Surroundings:
    """The sides and sites of a text, ready to be asked for each of its findings.

    A side counts for the findings of its own clause, else of its sentence, else of the text; beyond
    its clause not where that says something `apart`: that this hip is normal, or replaced.
    """

    def __init__(self, text: Text, findings: Iterable[Span], apart: Iterable[Span]) -> None:
        sides, found = _named(text), sorted(findings, key=by_start)
        heads = {span.start for span in text.labelled(COLLAPSE, "head", "round")}
        sites = [s for s in text.of(SITE) if s.label in _PLACES and s.start not in heads]
        again = _named_again(sites, text.tokens.raw)
        sites = [site for site in sites if site.start not in again]
        of_clauses, of_sentences = grouped(by_clause, found), grouped(by_sentence, found)
        healthy = {s.clause for s in text.labelled(STAGING, "disease") if "negated" in s.context}
        healthy -= of_clauses.keys() | {s.clause for s in text.labelled(STAGING, "instead")}
        joins = [*found, *text.labelled(STAGING, "join")]
        self._parted = grouped(by_clause, sorted(joins, key=by_start))
        set_apart = healthy | set(map(by_clause, apart))
        meant = [side for side in sides if side.clause not in set_apart]
        turns = Turns(text, found)
        self._sides = (
            turns.labels(grouped(by_clause, sides), of_clauses, is_near=True),
            turns.labels(grouped(by_sentence, meant), of_sentences, is_near=False),
        )
        gone = [side for side in sides if side.clause in set_apart - healthy]
        self._blocks = Blocks(text, meant, found, turns.asides)
        self._gone = _only_behind(gone, meant)
        self._all = {side.label for side in meant}
        self._apart = {side.label for side in sides} - self._all
        self.is_apart = self._apart >= ONE_SIDE and not self._all
        self._sites = grouped(by_clause, sites), grouped(by_sentence, sites)
        self.places = {_PLACES[site.label] for site in sites}

    def hips(self, finding: Span) -> SidesSaid:
        """Return the hips that a finding is said of."""
        clause, sentence = self._sides
        is_other = "otherSide" in finding.context
        if finding.start in clause:
            return _said(clause[finding.start])
        labels = self._all or (self._apart if is_other else set())
        if finding.start in sentence:
            label = sentence[finding.start]
        elif self._all:
            is_before = finding.start in self._gone
            label = UNTOLD if is_before else self._blocks.label(finding)
        else:
            label = min(labels) if len(labels) == 1 else UNTOLD
        said = _said(label) if labels else SidesSaid(is_open=bool(self._apart) or is_other)
        return opposite(said) if is_other else said

    def place(self, finding: Span) -> Place:
        """Return where the nearest site of the clause, else the last before it, puts a finding.

        A stage is of the hip before it, whatever follows: `股骨头坏死Ⅱ期 肝硬化`.
        """
        clauses, sentences = self._sites
        site = nearest(finding, clauses.get(finding.clause, ()))
        last = last_before(finding, sentences.get(finding.sentence, ()))
        if site is None or last is None:
            site = site or last
        elif finding.family == STAGING and site.start > finding.start:
            is_led = last.clause == finding.clause and _PLACES[last.label] == "hip"
            parted = last_before(finding, self._parted.get(finding.clause, ()))
            site = last if is_led and (parted is None or parted.start < last.start) else site
        return _PLACES[site.label] if site else "notSaid"


def _named_again(sites: Sequence[Span], raw: Sequence[str]) -> set[int]:
    """Return where a site only repeats the end of another bone's name: `上腕骨頭壊死、骨頭圧潰`."""
    return {
        site.start
        for other, site in pairwise(sites)
        if _PLACES[other.label] == "elsewhere" and other.sentence == site.sentence
        if raw[site.start : site.end] == raw[other.end + 1 - site.end + site.start : other.end + 1]
    }


def _named(text: Text) -> list[Span]:
    """Return the sides of a text but those that another one stands for: `left, not the right`."""
    sides = side_spans(text)
    starts = {span.end for span in text.labelled(STAGING, "instead")}
    starts -= {span.end for span in text.labelled(COLLAPSE, "missing")}
    kept = [side for side in sides if side.start not in starts]
    told = {side.sentence for side in kept}
    return [side for side in sides if side.start not in starts or side.sentence not in told]


def _only_behind(gone: Sequence[Span], meant: Sequence[Span]) -> range:
    """Return where another hip has been named, and that which is meant is not yet."""
    first = meant[0].start if meant else 0
    labels = {side.label for side in meant}
    before = [side.start for side in gone if side.start < first and side.label not in labels]
    return range(before[0], first) if before else range(0)


def _said(label: str) -> SidesSaid:
    return SidesSaid(SIDES_OF[label]) if label else OPEN
