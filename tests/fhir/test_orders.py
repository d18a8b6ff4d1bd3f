"""Draft orders -> Order in the shapes of FHIR DSTU2 to R5, and what the client can take back."""

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Listing, Order
from cds_service.core.values import UNKNOWN
from cds_service.fhir.read.orders import NOT_READABLE
from tests.fhir.builders import (
    HIP,
    HIP_FILMS,
    PHYSIOTHERAPY,
    SUBJECT,
    Json,
    bundle,
    concept,
    condition,
    gathered,
    hook_request,
    order,
    order_request,
    prefetch,
    without,
)

CALCIUM = {"system": "http://www.whocc.no/atc", "code": "A12AA04"}
CRUTCH = {"system": "http://snomed.info/sct", "code": "74566002"}


def orders(request: Json, knowledge: Knowledge) -> Listing[Order]:
    """Return the draft orders of a request that carries some."""
    found = gathered(request, knowledge).orders
    assert isinstance(found, Listing)
    return found


def drafted(resource_type: str, **members: object) -> Json:
    """Return a draft of any order type."""
    return {"resourceType": resource_type, "id": "o", "subject": SUBJECT, **members}


BY_VERSION = {
    "DSTU2 DiagnosticOrder": (
        drafted("DiagnosticOrder", item=[{"code": concept(HIP_FILMS)}]),
        "24762-7",
    ),
    "DSTU2 ProcedureRequest": (
        drafted("ProcedureRequest", code=concept(PHYSIOTHERAPY)),
        "91251008",
    ),
    "DSTU2 MedicationOrder": (
        without(drafted("MedicationOrder"), "subject")
        | {"patient": SUBJECT, "medicationCodeableConcept": concept(CALCIUM)},
        "A12AA04",
    ),
    "STU3 ReferralRequest": (
        drafted("ReferralRequest", serviceRequested=[concept(PHYSIOTHERAPY)]),
        "91251008",
    ),
    "STU3 DeviceRequest": (
        drafted("DeviceRequest", codeCodeableConcept=concept(CRUTCH)),
        "74566002",
    ),
    "R4 ServiceRequest": (drafted("ServiceRequest", code=concept(PHYSIOTHERAPY)), "91251008"),
    "R4 MedicationRequest": (
        drafted("MedicationRequest", medicationCodeableConcept=concept(CALCIUM)),
        "A12AA04",
    ),
    "R5 ServiceRequest": (
        drafted("ServiceRequest", code={"concept": concept(PHYSIOTHERAPY)}),
        "91251008",
    ),
    "R5 MedicationRequest": (
        drafted("MedicationRequest", medication={"concept": concept(CALCIUM)}),
        "A12AA04",
    ),
    "R5 DeviceRequest": (
        drafted("DeviceRequest", code={"concept": concept(CRUTCH)}),
        "74566002",
    ),
}


@pytest.mark.parametrize(("resource", "code"), BY_VERSION.values(), ids=BY_VERSION)
def test_the_code_of_an_order_is_read_in_every_fhir_version(
    resource: Json, code: str, knowledge: Knowledge
) -> None:
    (found,) = orders(order_request(resource), knowledge).items
    assert code in {concept.code for concept in found.codes}
    assert found.reference == f"{resource['resourceType']}/o"


@pytest.mark.parametrize(
    "name", ["DSTU2 DiagnosticOrder", "DSTU2 MedicationOrder", "STU3 ReferralRequest"]
)
def test_a_client_that_drafts_older_orders_cannot_take_a_service_request(
    name: str, knowledge: Knowledge
) -> None:
    assert not gathered(order_request(BY_VERSION[name][0]), knowledge).takes_service_requests


OLDER_CONDITIONS = {
    "STU3": condition(clinicalStatus="active", verificationStatus="confirmed"),
    "DSTU2": without(condition(), "clinicalStatus") | {"dateRecorded": "2026-01-01"},
    "DSTU2 with what is required only": without(
        condition(), "clinicalStatus", "subject", "onsetDateTime"
    )
    | {"patient": SUBJECT, "verificationStatus": "confirmed"},
}


@pytest.mark.parametrize("resource", OLDER_CONDITIONS.values(), ids=OLDER_CONDITIONS)
def test_a_client_with_older_conditions_cannot_take_a_service_request(
    resource: Json, knowledge: Knowledge
) -> None:
    request = hook_request(prefetch=prefetch(conditions=bundle(resource)))
    assert not gathered(request, knowledge).takes_service_requests


def test_a_client_of_r4_takes_a_service_request(knowledge: Knowledge) -> None:
    assert gathered(order_request(order()), knowledge).takes_service_requests


@pytest.mark.parametrize(
    "draft_orders",
    [None, "text", 5, True, {}, {"resourceType": "ServiceRequest"}],
    ids=str,
)
def test_without_a_bundle_the_orders_are_unknown_not_none(
    draft_orders: object, knowledge: Knowledge
) -> None:
    assert gathered(order_request(draftOrders=draft_orders), knowledge).orders is UNKNOWN


INNER = bundle(drafted("ServiceRequest", code=concept(PHYSIOTHERAPY)))


@pytest.mark.parametrize("draft_orders", [bundle(INNER), [INNER]], ids=["bundle", "list"])
def test_the_drafts_of_a_bundle_among_the_drafts_are_read(
    draft_orders: object, knowledge: Knowledge
) -> None:
    (found,) = orders(order_request(draftOrders=draft_orders), knowledge).items
    assert [concept.code for concept in found.codes] == ["91251008"]


REASON = concept({"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M87.051"})


@pytest.mark.parametrize(
    "members",
    [
        {"reasonCode": [REASON]},
        {"reasonCodeableConcept": REASON},
        {"reason": [REASON]},
        {"reason": [{"concept": REASON}]},
    ],
    ids=str,
)
def test_the_reason_of_an_order_is_read_in_every_fhir_version(
    members: Json, knowledge: Knowledge
) -> None:
    (found,) = orders(order_request(drafted("ProcedureRequest", **members)), knowledge).items
    assert found.purpose == "osteonecrosis"


@pytest.mark.parametrize(
    ("members", "purpose", "is_urgent"),
    [
        ({}, None, False),
        ({"priority": "routine"}, None, False),
        ({"priority": "stat"}, None, True),
        ({"reasonCode": [{"text": "fall"}]}, "other", False),
        ({"reasonCode": [{"text": "AVN of the left hip"}]}, "osteonecrosis", False),
        ({"reasonCode": [{"text": "AVN of the humeral head"}]}, "other", False),
        ({"reasonCode": [{"text": "no AVN"}]}, "other", False),
    ],
    ids=str,
)
def test_an_order_says_what_it_is_for_and_whether_it_can_wait(
    members: Json, purpose: str | None, is_urgent: bool, knowledge: Knowledge
) -> None:
    (found,) = orders(order_request(drafted("ServiceRequest", **members)), knowledge).items
    assert (found.purpose, found.is_urgent) == (purpose, is_urgent)


@pytest.mark.parametrize(
    "draft_orders",
    [
        bundle(),
        bundle(None),
        bundle(entry=None),
        {"resourceType": "Bundle"},
        {"entry": []},
        bundle(entry=[{"fullUrl": "urn:uuid:1"}]),
        bundle({"resourceType": "Medication", "id": "m", "code": concept(CALCIUM)}),
        [],
    ],
    ids=str,
)
def test_a_bundle_without_orders_means_none(draft_orders: object, knowledge: Knowledge) -> None:
    assert orders(order_request(draftOrders=draft_orders), knowledge) == Listing(())


@pytest.mark.parametrize(
    "entries",
    [
        {"resource": order()},
        "x",
        pytest.param(["x"]),
        pytest.param([5]),
    ],
    ids=str,
)
def test_a_bundle_that_cannot_be_read_is_not_none(entries: object, knowledge: Knowledge) -> None:
    found = gathered(order_request(draftOrders=bundle(entry=entries)), knowledge).orders
    assert found != Listing(())


def test_an_order_that_cannot_be_read_is_a_gap(knowledge: Knowledge) -> None:
    found = orders(order_request(order(), order(id=5)), knowledge)
    assert len(found.items) == 2
    assert found.gap == NOT_READABLE


@pytest.mark.parametrize(
    "selections",
    [
        ["ServiceRequest/order-1"],
        ["order-1"],
        ["https://ehr.example.org/fhir/ServiceRequest/order-1"],
        ["ServiceRequest/order-1/"],
        ["ServiceRequest/order-1/_history/3"],
        ["ServiceRequest/order-1", "MedicationRequest/order-2"],
        "ServiceRequest/order-1",
        [None, "", "ServiceRequest/elsewhere", "ServiceRequest/order-1"],
    ],
    ids=str,
)
def test_a_selection_is_matched_in_every_form(selections: object, knowledge: Knowledge) -> None:
    request = order_request(order(), order(id="order-2"), selections=selections)
    assert [o.is_selected for o in orders(request, knowledge).items] == [True, False]


def test_a_selection_may_be_the_address_that_the_bundle_gives_a_draft(
    knowledge: Knowledge,
) -> None:
    request = order_request(order(id=None), order(id="order-2"), selections=["urn:uuid:a1"])
    request["context"]["draftOrders"]["entry"][0]["fullUrl"] = "urn:uuid:a1"
    assert [o.is_selected for o in orders(request, knowledge).items] == [True, False]


def test_without_selections_every_draft_counts(knowledge: Knowledge) -> None:
    request = order_request(order(), order(id="order-2"), hook="order-sign")
    assert [o.is_selected for o in orders(request, knowledge).items] == [True, True]


def test_the_site_of_an_order_is_read(knowledge: Knowledge) -> None:
    (found,) = orders(order_request(order(bodySite=[concept(HIP)])), knowledge).items
    assert [site.site_group for site in found.sites] == ["hip"]


ORDERS_NOTHING = ("entered-in-error", "revoked", "cancelled", "stopped", "completed", "rejected")


@pytest.mark.parametrize(
    "draft",
    [
        order(doNotPerform=True),
        *(order(status=status) for status in ORDERS_NOTHING),
        order(modifierExtension=[{"url": "urn:x"}]),
        order(subject={"reference": "#p"}),
    ],
    ids=["doNotPerform", *ORDERS_NOTHING, "modifierExtension", "unclear subject"],
)
def test_a_draft_that_orders_nothing_for_the_patient_is_not_counted(
    draft: Json, knowledge: Knowledge
) -> None:
    assert orders(order_request(draft), knowledge).items == ()


REFERS = drafted("MedicationRequest", medicationReference={"reference": "Medication/m"})
BESIDE = {
    "a Medication of another id": {
        "resourceType": "Medication",
        "id": "other",
        "code": concept(CALCIUM),
    },
    "another type with the id": drafted("ServiceRequest", id="m", code=concept(CALCIUM)),
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_only_the_medication_that_is_meant_names_the_drug(
    beside: Json, knowledge: Knowledge
) -> None:
    found = orders(order_request(draftOrders=bundle(REFERS, beside)), knowledge)
    (drug,) = (one for one in found.items if one.reference == "MedicationRequest/o")
    assert (drug.codes, found.gap) == ((), NOT_READABLE)


@pytest.mark.parametrize("member", [{"implicitRules": "urn:x"}, {"modifierExtension": [{}]}])
def test_an_order_under_rules_that_nobody_knows_is_a_gap(
    member: Json, knowledge: Knowledge
) -> None:
    found = orders(order_request(order(**member)), knowledge)
    assert (found.items, found.gap) == ((), NOT_READABLE)


@pytest.mark.parametrize(
    ("order", "topics"),
    [
        (drafted("Task", description="Total hip arthroplasty, right"), {"hip-replacement"}),
        (
            drafted(
                "ServiceRequest",
                code={"text": "Physiotherapy"},
                orderDetail=[{"parameter": [{"valueString": "NWB left leg"}]}],
            ),
            {"physiotherapy", "weight-bearing"},
        ),
    ],
    ids=["a task is what it describes", "a parameter of R5 is a note"],
)
def test_words_are_read_wherever_an_order_holds_them(
    order: Json, topics: set[str], knowledge: Knowledge
) -> None:
    (found,) = orders(order_request(order), knowledge).items
    assert found.topics | found.noted == topics


def test_a_draft_within_which_a_part_names_somebody_else_is_a_gap(knowledge: Knowledge) -> None:
    other = order(subject={"reference": "Patient/zz-other"})
    found = orders(order_request(order(part=[{"name": "zz", "resource": other}])), knowledge)
    assert (found.items, found.gap) == ((), NOT_READABLE)
