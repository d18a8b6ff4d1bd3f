"""Generated facts and criteria for the property tests of the core."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import FactDeclaration, FactKind, Group, Knowledge, Line
from cds_service.core.record import ValueSetId
from cds_service.core.values import (
    NEVER,
    UNKNOWN,
    Absence,
    DateRange,
    Period,
    Quantity,
    Value,
)
from tests.core.builders import in_month, in_year, years
from tests.core.decided import line

# A loaded machine is no reason to fail.
UNHURRIED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
CHOICES = ("a", "b", "c")
AGES = st.lists(st.integers(0, 40), min_size=1, max_size=2).map(lambda a: years(min(a), max(a)))
SETTLED_ANSWERS = {
    "choice": st.sampled_from([*CHOICES, NEVER]),
    "other": st.sampled_from([*CHOICES, NEVER]),
    "age": AGES,
    "size": AGES,
}
ANSWERS = {name: st.just(UNKNOWN) | answers for name, answers in SETTLED_ANSWERS.items()}

DATES = st.dates(date(1900, 1, 1), date(9000, 12, 31))
DATE_RANGES = st.one_of(
    DATES.map(DateRange.on),
    DATES.map(lambda day: in_month(day.year, day.month)),
    DATES.map(lambda day: in_year(day.year)),
    st.tuples(DATES, DATES).map(lambda days: DateRange.between(min(days), max(days))),
)
PERIODS = st.builds(lambda months: Period(months=months), st.integers(1, 240)) | st.builds(
    lambda days: Period(days=days), st.integers(1, 400)
)


def lines() -> st.SearchStrategy[Line]:
    """Return criteria on a few invented facts, marked `ifUnknown: show` at random."""
    choices = st.lists(st.sampled_from([*CHOICES, NEVER]), min_size=1, max_size=3)
    asked = st.tuples(st.sampled_from(["choice", "other"]), choices, st.booleans()).map(
        lambda drawn: line(drawn[0], "is", *drawn[1], shows_when_unknown=drawn[2])
    )
    compared = st.tuples(
        st.sampled_from(["age", "size"]),
        st.sampled_from(["atLeast", "below"]),
        st.integers(0, 40).map(years),
        st.booleans(),
    ).map(lambda drawn: line(*drawn[:3], shows_when_unknown=drawn[3]))
    return asked | compared


def criteria() -> st.SearchStrategy[Group]:
    """Return `when` trees as a card file can hold them: groups, two levels, under one `all`."""
    joints = st.sampled_from(["all", "any", "none"])

    def groups(members: st.SearchStrategy[Line | Group]) -> st.SearchStrategy[Group]:
        several = st.lists(members, min_size=1, max_size=4).map(tuple)
        return st.builds(Group, joints, several)

    outer = groups(lines() | groups(lines()))
    return outer | st.lists(outer, min_size=2, max_size=3).map(lambda g: Group("all", tuple(g)))


def narrower(value: Value) -> st.SearchStrategy[Value]:
    """Return what the value may turn out to be once its range is known better."""
    if not isinstance(value, Quantity):
        return st.just(value)
    return st.lists(st.integers(int(value.low), int(value.high)), min_size=1, max_size=2).map(
        lambda ages: Quantity(Decimal(min(ages)), Decimal(max(ages)), value.unit)
    )


def learnt(
    facts: Facts, answers: Mapping[str, st.SearchStrategy[Value]]
) -> st.SearchStrategy[Facts]:
    """Return the same facts with any of the unknown ones answered, and any range narrowed."""
    return st.fixed_dictionaries(
        {
            name: (
                st.just(fact.value) | answers[name]
                if fact.value is UNKNOWN
                else narrower(fact.value)
            ).map(Fact)
            for name, fact in facts.items()
        }
    )


def answers_of(knowledge: Knowledge) -> dict[str, st.SearchStrategy[Value]]:
    """Return every answer that each declared fact may have, apart from unknown."""
    texts = [
        f"{concept.label} ({concept.system_name} {concept.code})"
        for value_set in (ValueSetId.FEMORAL_HEAD, ValueSetId.POSSIBLE)
        for concept in knowledge.value_sets[value_set]
    ]
    return {name: _answers(fact, texts) for name, fact in knowledge.facts.items()}


def facts_of_a_hip(
    knowledge: Knowledge, answers: Mapping[str, st.SearchStrategy[Value]]
) -> st.SearchStrategy[Facts]:
    """Return facts with any answer that facts.yaml allows, unknown where it allows that."""
    sources = st.lists(st.sampled_from(["Condition/a", "Condition/b"]), unique=True).map(tuple)
    return st.fixed_dictionaries(
        {
            name: st.builds(Fact, settled | _unknown(knowledge.facts[name]), sources)
            for name, settled in answers.items()
        }
    )


def _answers(fact: FactDeclaration, texts: list[str]) -> st.SearchStrategy[Value]:
    absences = [Absence(name) for name in sorted(fact.may_be - {"unknown"})]
    of_kind: dict[FactKind, st.SearchStrategy[Value]] = {
        FactKind.CHOICE: st.sampled_from([*fact.choices, *absences] or [NEVER]),
        FactKind.QUANTITY: st.lists(st.integers(0, 120), min_size=1, max_size=2).map(
            lambda ages: years(min(ages), max(ages))
        ),
        FactKind.DATE: DATE_RANGES | st.sampled_from(absences or [DateRange.on(date(2026, 1, 1))]),
        FactKind.PERIOD: PERIODS,
        FactKind.TEXT: st.sampled_from(texts),
    }
    return of_kind[fact.kind]


def _unknown(fact: FactDeclaration) -> st.SearchStrategy[Value]:
    return st.just(UNKNOWN) if "unknown" in fact.may_be else st.nothing()
