"""Whose a resource is: the patient's, another's, or not to be told."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Listing
from cds_service.errors import ForeignPatient, MalformedRequest
from cds_service.fhir.gather import gather_record
from cds_service.fhir.pool.identity import NO_URNS, Identity, Urns
from cds_service.fhir.pool.pool import NOT_READABLE, SUBJECT_UNCLEAR
from cds_service.fhir.server.urls import parse_base
from cds_service.fhir.shapes.decode import decode_request
from cds_service.fhir.shapes.patient import PATIENT_TYPES, patient_id_of
from cds_service.fhir.shapes.resources import Resource
from tests.conftest import TODAY
from tests.fhir.builders import (
    ASTHMA,
    BASE,
    FILM,
    HIP,
    HIP_FILMS,
    PATIENT_ID,
    PHYSIOTHERAPY,
    RIGHT,
    RIGHT_FEMUR,
    SUBJECT,
    URN,
    Json,
    bundle,
    concept,
    condition,
    decoded,
    gathered,
    hook_request,
    observation,
    order,
    order_request,
    patient,
    prefetch,
    procedure,
    study,
    without,
)


def is_of_patient(resource: Resource, urns: Urns = NO_URNS) -> bool | None:
    """Tell whose a resource is where the FHIR server of the request is known."""
    base = parse_base(BASE)
    assert base
    return Identity(PATIENT_ID, frozenset({base})).is_of_patient(resource, urns)


OURS = [
    f"Patient/{PATIENT_ID}",
    f"{BASE}/Patient/{PATIENT_ID}",
    f"Patient/{PATIENT_ID}/_history/3",
    f"{BASE}/Patient/{PATIENT_ID}/_history/3",
    f"HTTPS://EHR.example.org:443/fhir/r4/Patient/{PATIENT_ID}",
    PATIENT_ID,
]
FOREIGN = [
    "Patient/2",
    f"Patient/{PATIENT_ID}0",
    f"Patient/{PATIENT_ID.upper()}",
    "https://ehr.example.org/fhir/Patient/2/_history/1",
    f"Patient/2/_history/{PATIENT_ID}",
]
NOT_TOLD = {
    "another server": f"https://evil.example/fhir/Patient/{PATIENT_ID}",
    "another server, a version": f"https://evil.example/fhir/Patient/{PATIENT_ID}/_history/1",
    "another path": f"https://ehr.example.org/fhir/r5/Patient/{PATIENT_ID}",
    "a path below": f"{BASE}/x/Patient/{PATIENT_ID}",
    "a path above": f"https://ehr.example.org/fhir/Patient/{PATIENT_ID}",
    "another scheme": f"http://ehr.example.org/fhir/r4/Patient/{PATIENT_ID}",
    "another port": f"https://ehr.example.org:8443/fhir/r4/Patient/{PATIENT_ID}",
    "a host that begins alike": f"https://ehr.example.org.evil/fhir/r4/Patient/{PATIENT_ID}",
    "a user in the address": f"https://ehr.example.org@evil/fhir/r4/Patient/{PATIENT_ID}",
    "a doubled slash": f"{BASE}//Patient/{PATIENT_ID}",
    "dots": f"{BASE}/../r4/Patient/{PATIENT_ID}",
    "no scheme": f"//ehr.example.org/fhir/r4/Patient/{PATIENT_ID}",
    "from the root": f"/Patient/{PATIENT_ID}",
    "a relative path": f"fhir/Patient/{PATIENT_ID}",
    "within a Group": f"Group/1/Patient/{PATIENT_ID}",
    "within another Patient": f"Patient/2/Patient/{PATIENT_ID}",
    "in a query": f"Patient/2?x=/Patient/{PATIENT_ID}",
    "in a query of the base": f"{BASE}/Patient/2?x=/Patient/{PATIENT_ID}",
    "in a query, without a slash": f"Patient/2?x=Patient/{PATIENT_ID}",
    "in a fragment": f"Patient/2#/Patient/{PATIENT_ID}",
    "in a fragment of the base": f"{BASE}/Patient/2#/Patient/{PATIENT_ID}",
    "in a fragment, without a slash": f"Patient/2#Patient/{PATIENT_ID}",
    "with a query": f"Patient/{PATIENT_ID}?_format=json",
    "with a fragment": f"Patient/{PATIENT_ID}#p",
    "a search": f"Patient?_id={PATIENT_ID}",
    "a conditional reference": f"Patient?identifier=urn:x|{PATIENT_ID}",
    "a slash at the end": f"Patient/{PATIENT_ID}/",
    "percent-encoded": f"Patient/{PATIENT_ID.replace('z', '%7A', 1)}",
    "a space at the end": f"Patient/{PATIENT_ID} ",
    "a version that is dots": f"Patient/{PATIENT_ID}/_history/..",
    "a version that goes on": f"Patient/{PATIENT_ID}/_history/1/x",
    "no version": f"Patient/{PATIENT_ID}/_history/",
    "another type": f"Group/{PATIENT_ID}",
    "another type that ends alike": f"RelatedPatient/{PATIENT_ID}",
    "a type in small letters": f"patient/{PATIENT_ID}",
    "a line break": f"x\nPatient/{PATIENT_ID}",
    "a line break in the base": f"{BASE}\n/Patient/{PATIENT_ID}",
    "contained": "#p",
    "the resource itself": "#",
    "empty": "",
    "a urn of nobody": URN,
    "a urn with the id": f"urn:oid:{PATIENT_ID}",
}
UNCLEAR = [
    None,
    {},
    {"display": "Patient, Test"},
    {"identifier": {"value": PATIENT_ID}},
    {"reference": None},
    {"reference": "#p1"},
    {"reference": URN},
    {"reference": f"urn:oid:{PATIENT_ID}"},
    {"reference": {"reference": f"Patient/{PATIENT_ID}"}},
    {"reference": 5},
    f"Patient/{PATIENT_ID}",
    [{"reference": f"Patient/{PATIENT_ID}"}],
    ["Group/1", None],
    5,
]
ODD_AND_FOREIGN: list[object] = [
    "Patient/2",
    [{"reference": "Patient/2"}],
    [{"reference": f"Patient/{PATIENT_ID}"}, {"reference": "Patient/2"}],
    ["Patient/2"],
    {"reference": {"reference": "Patient/2"}},
    {"reference": ["Patient/2"]},
    {"reference": "Patient/2", "type": 5},
    [[{"reference": "Patient/2"}]],
    {"reference": "Patient/2", "type": "Group"},
]


@pytest.mark.parametrize("reference", OURS)
@pytest.mark.parametrize("member", ["subject", "patient"])
def test_every_form_of_the_patients_reference_is_the_patients(member: str, reference: str) -> None:
    resource = decoded(without(condition(), "subject") | {member: {"reference": reference}})
    assert is_of_patient(resource) is True


@pytest.mark.parametrize("reference", FOREIGN)
def test_any_other_reference_is_another_patients(reference: str) -> None:
    resource = decoded(condition(subject={"reference": reference}))
    assert is_of_patient(resource) is False


@pytest.mark.parametrize("reference", NOT_TOLD.values(), ids=NOT_TOLD)
def test_a_reference_that_only_looks_alike_does_not_say_whose_it_is(reference: str) -> None:
    resource = decoded(condition(subject={"reference": reference}))
    assert is_of_patient(resource) is None


@pytest.mark.parametrize("member", ["subject", "patient", "for"])
@pytest.mark.parametrize("subject", ODD_AND_FOREIGN, ids=str)
def test_a_subject_in_an_odd_shape_is_still_another_patients(subject: object, member: str) -> None:
    resource = decoded(without(condition(), "subject") | {member: subject})
    assert is_of_patient(resource) is False


@pytest.mark.parametrize("named", ["Group", "Device", "http://hl7.org/fhir/Patient"])
def test_a_reference_of_another_type_is_never_the_patients(named: str) -> None:
    subject = {"reference": PATIENT_ID, "type": named}
    assert is_of_patient(decoded(condition(subject=subject))) is None


@pytest.mark.parametrize("named", ["Patient", "http://hl7.org/fhir/StructureDefinition/Patient"])
def test_a_reference_may_say_that_it_is_to_a_patient(named: str) -> None:
    subject = {"reference": f"Patient/{PATIENT_ID}", "type": named}
    assert is_of_patient(decoded(condition(subject=subject))) is True


@pytest.mark.parametrize("subject", UNCLEAR, ids=str)
def test_a_subject_without_a_usable_reference_is_not_told(subject: object) -> None:
    assert is_of_patient(decoded(condition(subject=subject))) is None


@pytest.mark.parametrize("name", ["condition", "study", "procedure"])
def test_a_resource_whose_subject_is_unclear_leaves_a_gap(name: str, knowledge: Knowledge) -> None:
    unclear = {"condition": condition, "study": study, "procedure": procedure}[name](subject=None)
    record = gathered(hook_request(prefetch=prefetch(zz=unclear | {"id": "zz"})), knowledge)
    assert record.gaps == {unclear["resourceType"]: "holds an entry that does not say whose it is"}


@pytest.mark.parametrize(("owner", "is_ours"), [(PATIENT_ID, True), ("2", False)])
def test_a_urn_is_resolved_by_the_full_url_of_the_patient(
    owner: str, is_ours: bool, knowledge: Knowledge
) -> None:
    resource = decoded(condition(subject={"reference": URN}))
    assert is_of_patient(resource, {URN: owner == PATIENT_ID}) is is_ours


def test_a_urn_subject_counts_as_the_patients_in_a_whole_request(knowledge: Knowledge) -> None:
    entries = [
        {"fullUrl": URN, "resource": patient()},
        {"resource": condition(subject={"reference": URN})},
    ]
    request = hook_request(prefetch=prefetch(conditions=bundle(entry=entries)))
    assert len(gathered(request, knowledge).diagnoses.items) == 1


FOREIGN_SUBJECT = {"reference": "Patient/another"}
INNER = procedure(id="inner", subject=FOREIGN_SUBJECT)
CONTAINS = {
    "contained": {"contained": [INNER]},
    "contained, of two": {"contained": [patient(id="p"), INNER]},
    "contained, no list": {"contained": INNER},
    "contained in what is contained": {"contained": [{"resourceType": "X", "contained": [INNER]}]},
    "contained, with an odd shape": {"contained": [INNER | {"onsetDateTime": 5}]},
    "in a contained Bundle": {"contained": [bundle(INNER)]},
    "beside an odd shape": {"contained": [INNER], "onsetDateTime": 5},
    "in a contained wrapper": {"contained": [{"resource": INNER}]},
    "in an entry beside an odd shape": {"entry": [{"resource": INNER}], "onsetDateTime": 5},
}
PARAMETERS = {"resourceType": "Parameters", "parameter": [{"name": "x", "resource": INNER}]}
PARTS = {"resourceType": "Parameters", "parameter": [{"part": [{"resource": patient(id="2")}]}]}
MIXED_UP = {
    **{name: hook_request(prefetch=prefetch(zz=condition() | e)) for name, e in CONTAINS.items()},
    **{
        f"of a coded entry that is left, {name}": hook_request(
            prefetch=prefetch(zz=bundle(condition(id="zz", code=concept(ASTHMA)) | element))
        )
        for name, element in CONTAINS.items()
    },
    **{f"of a draft, {name}": order_request(order() | e) for name, e in CONTAINS.items()},
    "in Parameters": hook_request(prefetch=prefetch(zz=PARAMETERS)),
    "a Patient in Parameters": hook_request(prefetch=prefetch(zz=bundle(PARTS))),
    "in a wrapper in an entry": hook_request(prefetch=prefetch(zz=bundle({"resource": INNER}))),
    "without a type": hook_request(prefetch=prefetch(zz={"id": "x", "subject": FOREIGN_SUBJECT})),
    "a draft in a Bundle of drafts": order_request(bundle(order(subject=FOREIGN_SUBJECT))),
    "a draft in a Bundle in a Bundle": order_request(
        bundle(bundle(order(subject=FOREIGN_SUBJECT)))
    ),
    "drafts in a list of Bundles": order_request(
        draftOrders=[bundle(order(subject=FOREIGN_SUBJECT))]
    ),
    "a draft in a wrapper": order_request(
        draftOrders={"response": {"status": "200"}, "resource": bundle(INNER)}
    ),
    "draft Parameters": order_request(order(), PARAMETERS),
    "a Task": order_request(order(), {"resourceType": "Task", "for": FOREIGN_SUBJECT}),
    "an odd Patient": hook_request(prefetch=prefetch(zz=patient(id="2", birthDate=5))),
    "an access token": hook_request(fhirAuthorization={"access_token": "x", "patient": "2"}),
    "an access token of another server": hook_request(
        fhirAuthorization={"patient": f"https://evil.example/fhir/Patient/{PATIENT_ID}"}
    ),
    "Condition": hook_request(prefetch=prefetch(zz=condition(subject=FOREIGN_SUBJECT, id="zz"))),
    "ImagingStudy": hook_request(prefetch=prefetch(zz=study(subject=FOREIGN_SUBJECT, id="zz"))),
    "Procedure": hook_request(prefetch=prefetch(zz=procedure(subject=FOREIGN_SUBJECT))),
    "Patient": hook_request(prefetch=prefetch(patient=patient(id="another"))),
    "second Patient": hook_request(prefetch=prefetch(zz=patient(id="another"))),
    "draft order": order_request(order(subject=FOREIGN_SUBJECT)),
    "second draft order": order_request(order(), order(id="zz", subject=FOREIGN_SUBJECT)),
    "DSTU2 draft order": order_request(
        {"resourceType": "MedicationOrder", "patient": FOREIGN_SUBJECT}
    ),
    "draft Patient": order_request(order(), patient(id="another")),
}


@pytest.mark.parametrize("request_body", MIXED_UP.values(), ids=MIXED_UP)
def test_a_resource_of_another_patient_refuses_the_call(
    request_body: Json, knowledge: Knowledge
) -> None:
    with pytest.raises(ForeignPatient):
        gathered(request_body, knowledge)


UNSEEN = {
    "same id as one of the patient's": condition(subject=FOREIGN_SUBJECT),
    "modifierExtension": condition(
        id="zz", subject=FOREIGN_SUBJECT, modifierExtension=[{"url": "urn:x"}]
    ),
    "unreadable elsewhere": condition(id="zz", subject=FOREIGN_SUBJECT, onsetDateTime=5),
    "patient beside subject": condition(id="zz", patient=FOREIGN_SUBJECT),
    "Bundle in a Bundle": bundle(bundle(condition(id="zz", subject=FOREIGN_SUBJECT))),
    **{
        name: {"resourceType": name, "id": "zz", "subject": FOREIGN_SUBJECT}
        for name in sorted(PATIENT_TYPES - {"Patient"})
    },
}


@pytest.mark.parametrize("resource", UNSEEN.values(), ids=UNSEEN)
def test_another_patients_resource_is_seen_where_it_is_not_used(
    resource: Json, knowledge: Knowledge
) -> None:
    request = hook_request(prefetch=prefetch(zz=resource))
    with pytest.raises(ForeignPatient):
        gathered(request, knowledge)


@pytest.mark.parametrize("spoofed", ["Patient/2", "https://ehr.example.org/fhir/Patient/2"])
def test_a_full_url_never_makes_another_patients_reference_ours(
    spoofed: str, knowledge: Knowledge
) -> None:
    entries = [
        {"fullUrl": spoofed, "resource": patient()},
        {"resource": condition(subject={"reference": spoofed})},
    ]
    with pytest.raises(ForeignPatient):
        gathered(hook_request(prefetch=prefetch(zz=bundle(entry=entries))), knowledge)


def entries(*resources: Json) -> list[Json]:
    """Return entries whose full URLs are on the base."""
    return [{"fullUrl": f"{BASE}/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]


ABSOLUTE = {"reference": f"{BASE}/Patient/{PATIENT_ID}"}
ELSEWHERE = {"reference": f"https://evil.example/fhir/Patient/{PATIENT_ID}"}
OWN = condition(subject=ABSOLUTE)
BASES: dict[str, tuple[Json, tuple[str, ...], bool]] = {
    # members of the request, registered servers, whether the Condition counts
    "fhirServer": ({"fhirServer": BASE}, (), True),
    "fhirServer in capitals": ({"fhirServer": "https://EHR.example.org:443/fhir/r4/"}, (), True),
    "another fhirServer": ({"fhirServer": "https://evil.example/fhir"}, (), False),
    "no fhirServer": ({}, (), False),
    "a fhirServer that is none": ({"fhirServer": "ehr"}, (), False),
    "the registered server": ({}, (BASE,), True),
    "the registered server beside": ({"fhirServer": "https://proxy.example"}, (BASE,), True),
    "one of two registered servers": ({}, (BASE, "https://ehr.example.org/dstu2"), False),
    "another registered server": ({}, ("https://ehr.example.org/dstu2",), False),
    "the Patient's own base": (
        {"prefetch": prefetch(patient=bundle(entry=entries(patient())))},
        (),
        True,
    ),
    "the Patient's own base, one of two registered": (
        {"prefetch": prefetch(patient=bundle(entry=entries(patient())))},
        (BASE, "https://ehr.example.org/dstu2"),
        True,
    ),
    "the Patient's own base, not registered": (
        {"prefetch": prefetch(patient=bundle(entry=entries(patient())))},
        ("https://ehr.example.org/a", "https://ehr.example.org/b"),
        False,
    ),
    "a Patient on the base, and one elsewhere": (
        {"prefetch": prefetch(patient=patient(), more=bundle(entry=entries(patient())))},
        (),
        False,
    ),
    "a Patient on the base in a Bundle in a list": (
        {"prefetch": {"patient": [bundle(bundle(entry=entries(patient())))]}},
        (),
        True,
    ),
    "a Patient under a URL that is another's": (
        {
            "prefetch": prefetch(
                patient=bundle(entry=[{"fullUrl": f"{BASE}/Patient/2", "resource": patient()}])
            )
        },
        (),
        False,
    ),
}


@pytest.mark.parametrize(("members", "servers", "counts"), BASES.values(), ids=BASES)
def test_an_absolute_reference_counts_only_on_a_base_that_is_known(
    members: Json, servers: tuple[str, ...], counts: bool, knowledge: Knowledge
) -> None:
    request = hook_request(**members)
    request["prefetch"] |= {"conditions": bundle(OWN)}
    call = decode_request(json.dumps(request).encode())
    registered = [base for server in servers if (base := parse_base(server))]
    record = gather_record(call, knowledge, TODAY, registered=registered)
    assert len(record.diagnoses.items) == counts
    assert record.gaps.get("Condition") == (None if counts else SUBJECT_UNCLEAR)


def test_another_servers_patient_with_the_same_id_gives_no_card(knowledge: Knowledge) -> None:
    request = hook_request(
        fhirServer=BASE, prefetch=prefetch(conditions=bundle(condition(subject=ELSEWHERE)))
    )
    record = gathered(request, knowledge)
    assert record.diagnoses.items == ()
    assert record.gaps == {"Condition": SUBJECT_UNCLEAR}


@pytest.mark.parametrize("subject", [ELSEWHERE, {"reference": "#p"}, {}, None], ids=str)
def test_a_draft_that_does_not_say_whose_it_is_is_no_order_and_leaves_a_gap(
    subject: Json | None, knowledge: Knowledge
) -> None:
    request = order_request(order(subject=subject), fhirServer=BASE)
    orders = gathered(request, knowledge).orders
    assert isinstance(orders, Listing)
    assert (len(orders.items), orders.gap) == ((1, None) if subject is None else (0, NOT_READABLE))


@pytest.mark.parametrize("wrap", [bundle, lambda o: bundle(bundle(o))], ids=["once", "twice"])
def test_a_draft_in_a_bundle_among_the_drafts_is_an_order(
    wrap: Callable[[Json], Json], knowledge: Knowledge
) -> None:
    orders = gathered(order_request(wrap(order())), knowledge).orders
    assert isinstance(orders, Listing)
    assert [found.reference for found in orders.items] == ["ServiceRequest/order-1"]


def test_drafts_in_the_wrapper_of_old_clients_are_orders(knowledge: Knowledge) -> None:
    wrapped = {"response": {"status": "200"}, "resource": bundle(order())}
    orders = gathered(order_request(draftOrders=wrapped), knowledge).orders
    assert isinstance(orders, Listing)
    assert len(orders.items) == 1


@pytest.mark.parametrize(
    "nameless", [without(patient(), "id"), patient(id=""), patient(id=5)], ids=str
)
def test_a_document_whose_patient_has_no_id_does_not_say_whose_it_is(
    nameless: Json, knowledge: Knowledge
) -> None:
    own = [{"fullUrl": URN, "resource": nameless}]
    own += [{"resource": condition(id="zz", subject={"reference": URN})}]
    record = gathered(hook_request(prefetch=prefetch(zz=bundle(entry=own))), knowledge)
    assert record.gaps["Condition"] == SUBJECT_UNCLEAR
    assert len(record.diagnoses.items) == 1


def test_a_urn_counts_within_its_own_bundle_only(knowledge: Knowledge) -> None:
    request = hook_request(
        prefetch=prefetch(
            patient=bundle(entry=[{"fullUrl": URN, "resource": patient()}]),
            conditions=bundle(condition(subject={"reference": URN})),
        )
    )
    assert gathered(request, knowledge).gaps == {"Condition": SUBJECT_UNCLEAR}


def test_one_urn_for_two_patients_says_nothing() -> None:
    two = [patient(), without(patient(), "id")]
    sent = decoded(bundle(entry=[{"fullUrl": URN, "resource": each} for each in two]))
    assert Identity(PATIENT_ID).urns_in(sent.entry or ()) == {URN: None}


def test_a_contained_patient_is_nobody(knowledge: Knowledge) -> None:
    own = condition(contained=[patient(id="p", name=[{"family": "Test"}])])
    assert len(gathered(hook_request(prefetch=prefetch(zz=own)), knowledge).diagnoses.items) == 1


FOCUS: dict[str, tuple[object, bool, str | None]] = {
    # focus, whether the stage is read, the gap
    "the patient": ([SUBJECT], True, None),
    "a problem of the patient": ([{"reference": "Condition/condition-1"}], True, None),
    "a child": ([{"reference": "RelatedPerson/child"}], False, None),
    "another patient": ([{"reference": "Patient/donor"}], False, None),
    "a device, by its type": ([{"reference": URN, "type": "Device"}], False, None),
    "one of two": ([SUBJECT, {"reference": "RelatedPerson/child"}], False, None),
    "not in a list": ({"reference": "Group/1"}, False, None),
    "another server's patient": ([ELSEWHERE], False, SUBJECT_UNCLEAR),
    "a name": ([{"display": "the donor"}], False, SUBJECT_UNCLEAR),
}


@pytest.mark.parametrize(("focus", "is_read", "gap"), FOCUS.values(), ids=FOCUS)
def test_an_observation_about_somebody_else_is_not_read(
    focus: object, is_read: bool, gap: str | None, knowledge: Knowledge
) -> None:
    request = hook_request(prefetch=prefetch(observations=bundle(observation(focus=focus))))
    record = gathered(request, knowledge)
    references = {text.reference for text in record.stage_texts.items}
    assert ("Observation/observation-1" in references) == is_read
    assert record.gaps.get("Observation") == gap


@given(st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True))
def test_every_other_id_is_another_patients(other: str) -> None:
    resource = decoded(condition(subject={"reference": f"Patient/{other}"}))
    assert is_of_patient(resource) is (other == PATIENT_ID)


@pytest.mark.parametrize(
    ("given_id", "bare"),
    [("1", "1"), ("Patient/1", "1"), ("a_b-C.9", "a_b-C.9"), ("e" * 200, "e" * 200)],
)
def test_a_patient_id_is_read_with_and_without_its_type(given_id: str, bare: str) -> None:
    assert patient_id_of(given_id) == bare


NOT_IDS = [None, "", "Patient/", "1/../../Patient?", "1 2", "1\n", "1\0", "<b>", "é", "x" * 257]
NOT_IDS += ["https://ehr.example.org/Patient/1", "Patient/Patient/1", "{{ label }}"]


@pytest.mark.parametrize("given_id", NOT_IDS)
def test_what_is_not_an_id_is_refused(given_id: str | None) -> None:
    with pytest.raises(MalformedRequest):
        patient_id_of(given_id)


UNKNOWN_RULE = [{"url": "urn:x", "valueBoolean": True}]
CODING = RIGHT_FEMUR | {"modifierExtension": UNKNOWN_RULE}
MODIFIED_WITHIN = {
    "a stage": condition(stage=[{"summary": {"text": "II"}, "modifierExtension": UNKNOWN_RULE}]),
    "a code": condition(code=concept(RIGHT_FEMUR) | {"modifierExtension": UNKNOWN_RULE}),
    "a coding": condition(code=concept(CODING)),
    "a body site": condition(bodySite=[concept(RIGHT) | {"modifierExtension": UNKNOWN_RULE}]),
    "a series": study(series=[{"modality": FILM, "bodySite": HIP, "modifierExtension": [{}]}]),
    "a coding of a series": study(series=[{"modality": FILM | {"modifierExtension": [{}]}}]),
}


@pytest.mark.parametrize("resource", MODIFIED_WITHIN.values(), ids=MODIFIED_WITHIN)
def test_a_rule_that_nobody_knows_counts_wherever_it_is_read(
    resource: Json, knowledge: Knowledge
) -> None:
    request = hook_request(prefetch=prefetch(zz=bundle(resource | {"id": "zz"})))
    record = gathered(request, knowledge)
    read = (*record.diagnoses.items, *record.studies.items, *record.stage_texts.items)
    assert not [found for found in read if found.reference and found.reference.endswith("/zz")]
    assert record.gaps[resource["resourceType"]] == NOT_READABLE


def test_an_empty_list_of_unknown_rules_changes_nothing(knowledge: Knowledge) -> None:
    own = condition(code=concept(RIGHT_FEMUR | {"modifierExtension": []}))
    record = gathered(hook_request(prefetch=prefetch(conditions=bundle(own))), knowledge)
    assert len(record.diagnoses.items) == 1


MODIFIED_DRAFT = {
    "an item": {"item": [{"code": concept(HIP_FILMS), "modifierExtension": UNKNOWN_RULE}]},
    "a coding": {"code": concept(PHYSIOTHERAPY | {"modifierExtension": UNKNOWN_RULE})},
    "a dose": {"dosageInstruction": [{"text": "daily", "modifierExtension": UNKNOWN_RULE}]},
    "an activity": {"activity": [{"detail": {"modifierExtension": UNKNOWN_RULE}}]},
    "what is contained": {"contained": [order(modifierExtension=UNKNOWN_RULE)]},
}


@pytest.mark.parametrize("member", MODIFIED_DRAFT.values(), ids=MODIFIED_DRAFT)
def test_a_draft_with_a_rule_that_nobody_knows_is_no_order(
    member: Json, knowledge: Knowledge
) -> None:
    orders = gathered(order_request(order(**member)), knowledge).orders
    assert orders == Listing((), NOT_READABLE)


def test_a_draft_that_contains_what_may_be_anothers_is_no_order(knowledge: Knowledge) -> None:
    inner = order(id="inner", subject=ELSEWHERE)
    plan = {"resourceType": "CarePlan", "id": "plan", "subject": SUBJECT, "contained": [inner]}
    assert gathered(order_request(plan), knowledge).orders == Listing((), NOT_READABLE)
