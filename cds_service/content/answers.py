"""Holds facts.yaml to what the software answers; a rule on any other answer would never hold."""

from collections.abc import Iterator, Mapping

from cds_service.content.files.words import unknown, wrong
from cds_service.core.facts.table import FACTS
from cds_service.core.knowledge import FactDeclaration, FactKind, ReviewSchedule
from cds_service.core.values import DateRange, Period, Quantity
from cds_service.errors import KnowledgeError

KINDS: Mapping[type | None, tuple[FactKind, ...]] = {
    None: (FactKind.CHOICE,),
    str: (FactKind.TEXT, FactKind.CHOICE),
    DateRange: (FactKind.DATE,),
    Quantity: (FactKind.QUANTITY,),
    Period: (FactKind.PERIOD,),
}
_NEVER_GIVEN = "the software never gives the answer `{}`"


def wrong_answers(fact: FactDeclaration) -> Iterator[KnowledgeError]:
    """Yield what a fact is declared to answer and never does, and what it also answers."""
    rule = FACTS[fact.name]
    if fact.kind not in KINDS[rule.type]:
        yield wrong(fact.name, f"the software gives this fact as a {KINDS[rule.type][0].value}")
        return
    if rule.answers:
        yield from unknown(fact.choices, rule.answers, _NEVER_GIVEN)
        yield from _lacking(fact, [one for one in rule.answers if one not in fact.choices])
    for name in sorted(fact.may_be - rule.absences):
        yield wrong(fact.name, f"this fact is never `{name}`, so `mayBe` does not list it")
    yield from _lacking(fact, sorted(rule.absences - fact.may_be))


def wrong_modalities(
    facts: Mapping[str, FactDeclaration], schedule: ReviewSchedule
) -> Iterator[KnowledgeError]:
    """Yield where the choices of the last review's modality are not what the schedule counts."""
    fact = facts.get("lastReviewModality")
    if fact:
        yield from unknown(fact.choices, schedule.site_groups, _NEVER_GIVEN)
        yield from _lacking(fact, sorted(schedule.site_groups.keys() - set(fact.choices)))


def _lacking(fact: FactDeclaration, answers: list[str]) -> Iterator[KnowledgeError]:
    for answer in answers:
        yield wrong(fact.name, f"the software also gives the answer `{answer}`")
