"""Facts, criteria and cards for the tests of deciding and rendering: invented, and look it."""

from dataclasses import replace

from msgspec import structs

from cds_service.core.approval import Approval, Signature
from cds_service.core.decide import Truths, decide
from cds_service.core.hip.chart import Fact, Facts
from cds_service.core.knowledge import CardDefinition, Group, Line, Operator
from cds_service.core.record import Side
from cds_service.core.render import HookCall, Shown
from cds_service.core.values import NEVER, DateRange, Period, Value
from tests.core.builders import PATIENT_ID, TODAY, on, years

CALL = HookCall("invented-hook-instance", PATIENT_ID, "en", "https://cds.example.org")
IS_NEVER_TRUE, IS_ALWAYS_TRUE = Group("any", ()), Group("all", ())


def line(fact: str, operator: Operator, *operands: Value, shows_when_unknown: bool = False) -> Line:
    """Return one criterion."""
    return Line(fact, operator, operands, shows_when_unknown, 1)


def card_when(when: Group = IS_NEVER_TRUE, variant_fact: str | None = None) -> CardDefinition:
    """Return a card that can be decided, but has no words."""
    return CardDefinition(
        id="invented",
        version="0.0.0",
        priority=1,
        when=when,
        variant_fact=variant_fact,
        indicators={"": "info"},
        noted_facts=(),
        orders=(),
        evidence=(),
        links=(),
        override_reasons=(),
        approval=Approval("nobody"),
        digest="",
        texts={},
    )


def after_sign_off(card: CardDefinition, name: str, author: str = "nobody") -> CardDefinition:
    """Return a card as it is after a sign-off of 4 May 2026."""
    signature = Signature(card.id, name, "surgeon", "2026-05-04", "0" * 64, {})
    return replace(card, approval=Approval(author, (signature,)))


def adult_facts(*sources: str, **changed: Value) -> dict[str, Fact]:
    """Return the facts of a hip of an adult with nothing doubtful; `sources` are its entries."""
    values: dict[str, Value] = {
        "osteonecrosis": "head",
        "certainty": "recorded",
        "verification": "confirmed",
        "clinicalStatus": "active",
        "osteonecrosisCode": "invented code",
        "uncodedMention": NEVER,
        "diagnosisSide": NEVER,
        "diagnosisSite": NEVER,
        "doubtfulEntryDate": NEVER,
        "conditionList": "complete",
        "notUnderstoodDate": NEVER,
        "juvenileHipDisorder": NEVER,
        "hipProsthesis": NEVER,
        "patientAge": years(54),
        "patientDeceased": "notRecorded",
        "stage": NEVER,
        "recordedStage": NEVER,
        "stageDate": NEVER,
        "stageBasis": NEVER,
        "stageDataQuality": "good",
        "stageDoubt": NEVER,
        "stageDoubtDate": NEVER,
        "stageDoubtNumber": NEVER,
        "progression": NEVER,
        "progressionBasis": NEVER,
        "progressionDate": NEVER,
        "boneLoss": NEVER,
        "boneLossKind": NEVER,
        "boneLossDate": NEVER,
        "boneLossBasis": NEVER,
        "otherHipMri": "yes",
        "weightBearingPlanOnFile": NEVER,
        "weightBearingPlan": NEVER,
        "walkingAid": NEVER,
        "weightBearingPlanDate": NEVER,
        "earlierStage": NEVER,
        "earlierStageDate": NEVER,
        "reviewStatus": "notDue",
        "reviewAdvice": "notDue",
        "reviewOrderDate": NEVER,
        "lastReviewDate": on(2026, 10, 5),
        "lastReviewModality": "film",
        "reviewStart": on(2026, 1, 10),
        "reviewStartReason": "recorded",
        "timeSinceStart": Period(months=10),
        "startDoubt": NEVER,
        "stability": "notYet",
        "scheduleStopper": NEVER,
        "reviewInterval": Period(months=3),
        "nextReviewDate": on(2027, 1, 5),
        "nextOrderDate": DateRange.on(TODAY),
        "imagingDataQuality": "good",
        "doubtfulStudy": NEVER,
        "doubtfulStudyDate": NEVER,
        "doubtfulStudyModality": NEVER,
        "reviewReadFrom": "code",
        "reviewEvidence": "study",
        "draftOrderList": "complete",
        "weightBearingOrdered": "no",
        "hipImagingDrafted": "no",
        "physiotherapyDrafted": "no",
        "hipImagingActive": "no",
        "physiotherapyActive": "no",
        "orthopaedicReferralDrafted": "no",
        "orthopaedicReferralActive": "no",
        "activeOrderList": NEVER,
        "orderFormat": "serviceRequest",
    }
    facts = facts_of(**(values | changed))
    return facts | {"osteonecrosis": Fact(facts["osteonecrosis"].value, sources)}


def shown(card: CardDefinition, hip: Side, facts: Facts) -> Shown:
    """Return a card as it is shown for a hip with these facts, whatever its rule says of them."""
    truths = Truths(facts)
    decision = decide(replace(card, when=IS_ALWAYS_TRUE), truths)
    unsettled = decide(card, truths).unsettled
    return Shown(card, hip, facts, structs.replace(decision, unsettled=unsettled))


def facts_of(**values: Value) -> dict[str, Fact]:
    """Return facts without sources."""
    return {name: Fact(value) for name, value in values.items()}
