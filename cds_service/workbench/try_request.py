"""Answers a request from a file and says why, for `cds-service try`."""

from collections.abc import Iterator
from datetime import date

import msgspec

from cds_service.answer import Deployment
from cds_service.core.advise import Advice
from cds_service.core.decide import truth_of_line
from cds_service.core.facts.table import FACTS
from cds_service.core.hip.chart import Facts
from cds_service.core.record import Side
from cds_service.core.values import Absence, DateRange, Period, Quantity, Value
from cds_service.errors import MalformedRequest, Problem
from cds_service.fhir.shapes.decode import decode_request
from cds_service.hooks import CardsResponse
from cds_service.settings import Settings
from cds_service.workbench.doctor.examined import examine
from cds_service.workbench.doctor.reading import reading_findings
from cds_service.workbench.replay import services_for


def explain_request(
    body: bytes, deployment: Deployment, settings: Settings, today: date
) -> tuple[str, bool]:
    """Return the answer as JSON with each fact and each line of each `when`; and if it came.

    Behind that, or behind the reasons of a refusal, stands what each resource was read as.
    """
    if not services_for(decode_request(body).hook, deployment):
        raise MalformedRequest(Problem("value", "No service answers the `hook` of this request."))
    case = examine(body, deployment, settings, today)
    answer, read = case.answer, chr(10).join(map(str, reading_findings(case)))
    if answer.advice is None:
        words = "\n".join(f"  {problem}" for problem in answer.problems)
        return f"Refused with HTTP status {answer.status}:\n{words}\n\n{read}", False
    cards = msgspec.json.format(msgspec.json.encode(CardsResponse(answer.advice.cards)), indent=2)
    reasons = chr(10).join(_reasons(answer.advice, deployment))
    return f"{cards.decode()}\n\n{reasons}\n\n{read}", True


def _reasons(advice: Advice, deployment: Deployment) -> Iterator[str]:
    if not advice.facts:
        yield "No hip with osteonecrosis was found in the conditions, which were read completely."
    for hip, facts in advice.facts.items():
        yield f"Hip: {hip.value}"
        for name in FACTS:
            fact = facts[name]
            sources = f"  from {', '.join(fact.sources)}" if fact.sources else ""
            yield f"  {name} = {shown_value(fact.value)}{sources}"
        yield from _decisions(hip, facts, advice, deployment)


def _decisions(hip: Side, facts: Facts, advice: Advice, deployment: Deployment) -> Iterator[str]:
    for (decided_hip, card_id), decision in advice.decisions.items():
        if decided_hip is hip:
            variant = f", variant {decision.variant}" if decision.variant else ""
            yield f"  Card {card_id}: {decision.outcome.value}{variant}"
            for line in deployment.knowledge.cards[card_id].when.lines:
                yield f"    {line.label}: {truth_of_line(line, facts).value}"


def shown_value(value: Value) -> str:
    """Write a value for a technical reader, in ISO forms."""
    match value:
        case Absence():
            return value.value
        case DateRange(earliest=earliest, latest=latest):
            return f"{earliest}" if earliest == latest else f"{earliest}..{latest}"
        case Quantity(low=low, high=high, unit=unit):
            return f"{low} {unit}" if low == high else f"{low}..{high} {unit}"
        case Period(months=months, days=days):
            return f"P{months}M" if months else f"P{days}D"
        case _:
            return value
