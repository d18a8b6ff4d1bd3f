"""A part of a chart that nobody knows may only make the answer less sure.

Never another sure answer (another hip, another date, another stage), and never "none": what was
sent and not understood is not absent.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, settings

from cds_service.answer import Deployment, answer_hook
from cds_service.app import make_deployment
from cds_service.core.facts.table import FACTS
from cds_service.core.hip.chart import Facts
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Side
from cds_service.core.values import NEVER, UNKNOWN, DateRange, Value
from cds_service.errors import PreconditionFailed
from cds_service.settings import Settings
from cds_service.workbench.try_request import shown_value
from tests.conftest import TODAY
from tests.core.strategies import UNHURRIED
from tests.fhir.builders import (
    Json,
    bundle,
    condition,
    hook_request,
    prefetch,
    procedure,
    study,
)
from tests.fhir.charts import (
    HIP_FILMS,
    NOBODYS_CODE,
    NOBODYS_SYSTEM,
    Spoiled,
    concept,
    spoiled_charts,
)

# Chance has no part in what is covered.

# What a settled answer may become where something of it was not understood, besides unknown; an
# answer that is itself a doubt may become any other doubt.
DOUBTS: Mapping[str, tuple[str, ...]] = {
    "certainty": ("uncertain",),
    "verification": ("unconfirmed", "notUnderstood"),
    "clinicalStatus": ("notUnderstood",),
    "diagnosisSide": ("notUnderstood",),
    "diagnosisSite": ("notUnderstood",),
    "uncodedMention": ("recorded", "unknownSystem"),
    "conditionList": ("notUnderstood", "incomplete"),
    "hipProsthesis": ("inWords", "unconfirmed", "oneSide", "sideNotRecorded", "jointNotNamed"),
    "stageDataQuality": ("sideNotRecorded", "incomplete"),
    "imagingDataQuality": ("undated", "otherSide", "incomplete"),
    "draftOrderList": ("notUnderstood",),
    "startDoubt": ("operationUndated", "operationSide", "operationKind", "operationInWords"),
}
# An answer that names its code more exactly is the surer one.
STRENGTHS = ("head", "femur", "broader", "possible")
# The dates and names that only say more of another answer, which is the one that counts.
SAYS_MORE_OF = {
    "reviewEvidence": "reviewStatus",
    "progressionBasis": "progression",
    "progressionDate": "progression",
    "lastReviewDate": "reviewStatus",
    "lastReviewModality": "reviewStatus",
    "reviewStart": "reviewStatus",
    "reviewStartReason": "reviewStatus",
    "timeSinceStart": "reviewStatus",
    "stability": "reviewStatus",
    "reviewInterval": "reviewStatus",
    "nextReviewDate": "reviewStatus",
    "recordedStage": "stage",
    "stageDate": "stage",
    "earlierStage": "progression",
    "earlierStageDate": "progression",
}
# What only names a doubt, or what the answer was read from.
ASIDE = {
    "osteonecrosisCode",
    "doubtfulEntryDate",
    "notUnderstoodDate",
    "mentionDate",
    "doubtfulStudy",
    "doubtfulStudyDate",
    "doubtfulStudyModality",
    "reviewReadFrom",
    "orderWords",
    "mentionSystem",
    "stageDoubt",
    "stageDoubtDate",
    "nextOrderDate",  # follows from nextReviewDate
}
# An order for either hip may be for one of unknown side, and says no more of it than that.
OF_ORDERS = ("Drafted", "Ordered", "OrderTiming")
# What is not told of an entry of which only a code is asked for.
OF_THE_ENTRY = {"osteonecrosis", "verification", "clinicalStatus"}
# What a card says of a list that holds nothing, and the answer that it says it of.
NONE: Mapping[str, tuple[str, str]] = {
    "No hip imaging on file": ("reviewStatus", "noneOnFile"),
    "study on file:** none": ("reviewStatus", "noneOnFile"),
    "No stage is recorded": ("stage", "never"),
    "has no clinical status": ("clinicalStatus", "never"),
    "not recorded)": ("reviewStart", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the service makes of a chart: the answers by hip, and every word of its cards."""

    facts: Mapping[Side, Facts]
    words: str = ""


THOROUGH = settings(UNHURRIED, max_examples=100, derandomize=True)
Ask = Callable[[Json], Said]


@pytest.fixture(scope="module")
def ask(knowledge: Knowledge) -> Ask:
    """The service as a function of a chart."""
    deployment = make_deployment(Settings(), knowledge)
    return lambda request: said_of(request, deployment)


@given(spoiled_charts())
@THOROUGH
def test_what_nobody_knows_only_makes_the_answer_less_sure(ask: Ask, chart: Spoiled) -> None:
    assert "\n".join(surer(ask(chart.plain), ask(chart.spoiled))) == ""


@given(spoiled_charts())
@THOROUGH
def test_no_card_says_none_of_what_was_sent_and_not_understood(ask: Ask, chart: Spoiled) -> None:
    assert list(nones(ask(chart.plain), ask(chart.spoiled))) == []


def nones(before: Said, after: Said) -> Iterator[str]:
    """Yield what is said to be none that was there in the plain chart."""
    for words, (name, value) in NONE.items():
        known = {shown_value(own[name].value) for own in before.facts.values()}
        if words in after.words and value not in known:
            yield words


def said_of(request: Json, deployment: Deployment) -> Said:
    """Ask both services; a call that is refused for lack of data says nothing."""
    facts: Mapping[Side, Facts] = {}
    words = ""
    for service, hook in (
        ("onfh-patient-view", "patient-view"),
        ("onfh-order-select", "order-select"),
    ):
        try:
            body = json.dumps(request | {"hook": hook}).encode()
            advice = answer_hook(service, body, deployment, TODAY)
        except PreconditionFailed:
            continue
        facts = {**facts, **advice.facts}
        words += "\n".join(f"{card.summary}\n{card.detail}" for card in advice.cards)
    return Said(facts, words)


def surer(before: Said, after: Said) -> Iterator[str]:
    """Yield what is said more surely, or otherwise, than of the plain chart."""
    for hip, facts in after.facts.items():
        if facts["osteonecrosis"].value is NEVER:
            continue  # nothing is advised on it
        if hip in before.facts:
            known = [before.facts[hip]]
        elif hip is Side.UNRECORDED and before.facts:
            known = list(before.facts.values())
        else:
            yield f"the {hip.value} hip"
            continue
        is_new = hip not in before.facts
        for name in FACTS:
            fact = facts[name]
            if is_new and name.endswith(OF_ORDERS):
                continue
            values = [own[name].value for own in known]
            if not any(_is_no_surer(name, value, fact.value, facts) for value in values):
                yield f"{name} of the {hip.value} hip: {values} -> {fact.value}"


def _is_no_surer(name: str, before: Value, after: Value, facts: Facts) -> bool:
    if name in ASIDE or after == before or after is UNKNOWN:
        return True
    if name == "reviewAdvice" and before in ("ordered", "orderedInChart"):
        return after == facts["reviewStatus"].value  # an order that may be of the other hip
    if name in OF_THE_ENTRY and facts["osteonecrosis"].value is NEVER:
        return facts["uncodedMention"].value in ("recorded", "unknownSystem")
    if name == "osteonecrosis" and before in STRENGTHS and after in STRENGTHS:
        return STRENGTHS.index(before) <= STRENGTHS.index(after)
    if _is_within(before, after) or (name == "stageDate" and _is_later(before, after)):
        return True
    counts = SAYS_MORE_OF.get(name)
    is_doubted = {
        # The card says that the stage could not be read.
        "collapsed": facts["stage"].value is UNKNOWN,
        "reviewStatus": _is_review_doubted(facts),
        "stage": facts["stageDoubt"].value is not NEVER,
    }
    if is_doubted.get(counts or "") or is_doubted.get(str(before)):
        return True
    if counts:
        return facts[counts].value is UNKNOWN
    return after in DOUBTS.get(name, ())


def _is_review_doubted(facts: Facts) -> bool:
    """Tell whether the card names what may be a review, or may have started the schedule anew."""
    doubts = (facts["doubtfulStudy"].value, facts["startDoubt"].value)
    return doubts != (NEVER, NEVER) or facts["progression"].value is UNKNOWN


NOBODYS = {"coding": [{"system": NOBODYS_SYSTEM, "code": NOBODYS_CODE}]}
# An entry of which nothing is known, by the prefetch key; the answers that may then not be "none".
NOTHING_KNOWN: Mapping[str, tuple[Json, tuple[str, ...]]] = {
    "conditions": (condition(id="nobodys", code=NOBODYS), ("hipProsthesis", "juvenileHipDisorder")),
    "procedures": (procedure(id="nobodys", code=NOBODYS, bodySite=[]), ("hipProsthesis",)),
    "imagingStudies": (
        study(id="nobodys", procedureCode=[NOBODYS], series=[]),
        ("reviewStatus", "lastReviewDate"),
    ),
    "diagnosticReports": (
        study(
            resourceType="DiagnosticReport", id="nobodys", status="final", code=concept(HIP_FILMS)
        ),
        ("stage",),
    ),
}


@pytest.mark.parametrize("key", NOTHING_KNOWN)
def test_none_is_not_said_of_a_list_with_an_entry_that_nobody_knows(key: str, ask: Ask) -> None:
    entry, names = NOTHING_KNOWN[key]
    lists: Json = dict.fromkeys(("procedures", "imagingStudies", "diagnosticReports"))
    lists["conditions"] = bundle(condition())
    lists[key] = bundle(*([condition()] if key == "conditions" else []), entry)
    facts = ask(hook_request(prefetch=prefetch(**lists))).facts[Side.RIGHT]
    assert [
        name for name in names if shown_value(facts[name].value) in ("never", "noneOnFile")
    ] == []


def _is_within(before: Value, after: Value) -> bool:
    """Tell whether a date has only become less exact."""
    if not isinstance(before, DateRange) or not isinstance(after, DateRange):
        return False
    return after.earliest <= before.earliest <= before.latest <= after.latest


def _is_later(before: Value, after: Value) -> bool:
    """Tell whether the same was found on an earlier day already, and that is the day now told."""
    if not isinstance(before, DateRange) or not isinstance(after, DateRange):
        return False
    return after.latest <= before.earliest
