"""Missing data is named, never passed over: 412 without Conditions, a line on the card without
imaging, and `{"cards": []}` only where everything was read."""

import pytest
from flask.testing import FlaskClient

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.errors import SettingsError
from cds_service.settings import Settings
from tests.fhir.builders import (
    PERTHES_RIGHT,
    RIGHT_FEMUR,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    patient,
    prefetch,
    procedure,
    study,
    without,
)
from tests.fhir.test_pool import MISSING, NOT_A_LIST_OF_CONDITIONS, sent
from tests.web.contract import cards_in, check_contract, issues_in, post, summaries, words_in

BARE = {"patient": patient(), "procedures": None}


def prefetched(key: str, state: str, resource: Json, others: Json) -> Json:
    """Return a request whose prefetch holds one resource type in one of the nine states."""
    value = sent(state, resource)
    held = {} if value is MISSING else {key: value}
    return hook_request(prefetch=BARE | others | held)


CONDITION_TABLE = [
    # state, status under our key, status under a foreign key
    ("data", 200, 200),
    ("null", 200, 412),
    ("empty", 200, 412),
    ("missing", 412, 412),
    ("outcome", 412, 412),
    ("html", 412, 412),
    ("warning", 200, 412),
    ("next", 200, 200),
    ("unreadable", 200, 200),
]


@pytest.mark.parametrize(("state", "ours", "foreign"), CONDITION_TABLE, ids=str)
@pytest.mark.parametrize("key", ["conditions", "-user"])
def test_conditions_in_each_state_get_cards_or_412(
    key: str, state: str, ours: int, foreign: int, client: FlaskClient
) -> None:
    imaging = {"imagingStudies": bundle(study())}
    response = post(client, prefetched(key, state, condition(), imaging))
    assert response.status_code == {"conditions": ours, "-user": foreign}[key]
    check_contract(response)


@pytest.mark.parametrize("state", ["null", "empty", "warning"])
def test_only_a_list_that_was_read_and_is_empty_gives_silence(
    state: str, client: FlaskClient
) -> None:
    request = prefetched("conditions", state, condition(), {"imagingStudies": None})
    assert summaries(post(client, request)) == []


@pytest.mark.parametrize("state", ["missing", "outcome", "html"])
@pytest.mark.parametrize("others", [{"imagingStudies": None}, {}])
def test_without_conditions_the_answer_names_type_and_key(
    state: str, others: Json, client: FlaskClient
) -> None:
    response = post(client, prefetched("conditions", state, condition(), others))
    assert response.status_code == 412
    assert "Condition" in words_in(response)
    assert "`conditions`" in words_in(response)


@pytest.mark.parametrize("nothing", [{}, {"prefetch": None}, {"prefetch": {}}], ids=str)
def test_without_any_prefetch_the_answer_is_412(nothing: Json, client: FlaskClient) -> None:
    response = post(client, without(hook_request(), "prefetch") | nothing)
    assert response.status_code == 412
    assert "`conditions`" in words_in(response)


HARMLESS = condition(code=concept({"system": "http://snomed.info/sct", "code": "444814009"}))


def test_a_list_read_in_part_without_osteonecrosis_is_412(client: FlaskClient) -> None:
    response = post(client, prefetched("conditions", "next", HARMLESS, {"imagingStudies": None}))
    assert response.status_code == 412


def test_a_code_that_cannot_be_read_is_412_where_no_other_is_osteonecrosis(
    client: FlaskClient,
) -> None:
    sent = {"conditions": bundle(HARMLESS, HARMLESS | {"code": 5}), "imagingStudies": None}
    assert post(client, hook_request(prefetch=sent)).status_code == 412


def test_what_is_odd_beside_a_code_about_something_else_does_not_matter(
    client: FlaskClient,
) -> None:
    odd = HARMLESS | {"id": 5, "onsetDateTime": 7}
    sent = {"conditions": bundle(HARMLESS, odd), "imagingStudies": None}
    response = post(client, hook_request(prefetch=sent))
    assert (response.status_code, response.get_json()) == (200, {"cards": []})


@pytest.mark.parametrize("state", ["next", "unreadable"])
def test_a_list_read_in_part_is_said_on_the_card(state: str, client: FlaskClient) -> None:
    response = post(client, prefetched("conditions", state, condition(), {"imagingStudies": None}))
    words = [card.detail for card in cards_in(response)]
    assert all("problem list could not be read completely" in detail for detail in words)


NOT_DUE, NONE, UNCHECKED = "next imaging due", "no imaging on file", "could not check"
IMAGING_TABLE = [
    ("data", NOT_DUE, NOT_DUE),
    ("null", NONE, UNCHECKED),
    ("empty", NONE, UNCHECKED),
    ("missing", UNCHECKED, UNCHECKED),
    ("outcome", UNCHECKED, UNCHECKED),
    ("html", UNCHECKED, UNCHECKED),
    ("warning", NONE, UNCHECKED),
    ("next", NOT_DUE, NOT_DUE),
    ("unreadable", NOT_DUE, NOT_DUE),
]


@pytest.mark.parametrize(("state", "ours", "foreign"), IMAGING_TABLE, ids=str)
@pytest.mark.parametrize("key", ["imagingStudies", "-user"])
def test_imaging_in_each_state_is_said_for_what_it_is(
    key: str, state: str, ours: str, foreign: str, client: FlaskClient
) -> None:
    request = prefetched(key, state, study(), {"conditions": bundle(condition())})
    words = {"imagingStudies": ours, "-user": foreign}[key]
    assert words in " ".join(summaries(post(client, request)))


@pytest.mark.parametrize("state", ["next", "unreadable"])
def test_an_old_film_in_a_partial_history_is_not_called_overdue(
    state: str, client: FlaskClient
) -> None:
    old = study(started="2026-07-01")
    request = prefetched("imagingStudies", state, old, {"conditions": bundle(condition())})
    assert UNCHECKED in " ".join(summaries(post(client, request)))


@pytest.mark.parametrize(
    ("key", "note"),
    [
        ("patient", "The date of birth is unreadable or not exact;"),
        ("procedures", "Whether this hip is replaced could not be checked;"),
    ],
)
def test_what_else_is_missing_is_said_on_the_card(key: str, note: str, client: FlaskClient) -> None:
    cards = cards_in(post(client, hook_request(prefetch=without(prefetch(), key))))
    assert ["note" for card in cards if note in card.detail] == ["note", "note"]


@pytest.mark.parametrize("value", NOT_A_LIST_OF_CONDITIONS.values(), ids=NOT_A_LIST_OF_CONDITIONS)
def test_what_is_no_readable_list_of_conditions_is_never_silence(
    value: object, client: FlaskClient
) -> None:
    response = post(client, hook_request(prefetch=prefetch(conditions=value)))
    assert response.get_json() != {"cards": []}


CHILDHOOD = bundle(condition(), condition(id="childhood", code=concept(PERTHES_RIGHT)))


def test_a_childhood_disorder_without_an_age_is_412(client: FlaskClient) -> None:
    request = hook_request(prefetch=prefetch(patient=patient(birthDate=None), conditions=CHILDHOOD))
    response = post(client, request)
    assert response.status_code == 412
    assert "Patient" in words_in(response)


@pytest.mark.parametrize("born", ["2008", "2008-11"])
def test_an_age_that_is_not_exact_enough_is_named_in_the_412(
    born: str, client: FlaskClient
) -> None:
    request = hook_request(prefetch=prefetch(patient=patient(birthDate=born), conditions=CHILDHOOD))
    assert len(issues_in(post(client, request))) >= 1


def test_an_age_that_may_be_below_the_limit_is_said_on_the_card(client: FlaskClient) -> None:
    request = hook_request(prefetch=prefetch(patient=patient(birthDate="2008")))
    assert all("for adults" in card.detail for card in cards_in(post(client, request)))


def test_a_service_that_would_always_be_silent_does_not_start(knowledge: Knowledge) -> None:
    settings = Settings(card_statuses=frozenset({"active"}))
    with pytest.raises(SettingsError, match="CDS_CARD_STATUSES"):
        make_app(settings, knowledge)


def test_a_replacement_that_was_not_done_silences_nothing(client: FlaskClient) -> None:
    not_done = procedure(notDone=True)
    request = hook_request(prefetch=prefetch(procedures=bundle(not_done)))
    assert len(cards_in(post(client, request))) == 2


@pytest.mark.parametrize("member", ["clinicalStatus", "verificationStatus"])
def test_a_local_status_beside_ours_does_not_bring_a_card_back(
    member: str, client: FlaskClient
) -> None:
    system = {"clinicalStatus": "condition-clinical", "verificationStatus": "condition-ver-status"}
    code = {"clinicalStatus": "resolved", "verificationStatus": "refuted"}
    ours = {
        "system": f"http://terminology.hl7.org/CodeSystem/{system[member]}",
        "code": code[member],
    }
    odd = condition(**{member: concept({"system": "urn:oid:1.2", "code": "7"}, ours)})
    request = hook_request(prefetch=prefetch(conditions=bundle(odd)))
    assert summaries(post(client, request)) == []


def test_a_list_of_nothing_readable_is_never_silence(client: FlaskClient) -> None:
    response = post(client, hook_request(prefetch=prefetch(conditions=[None])))
    assert response.status_code == 412


@pytest.mark.parametrize("moment", ["2030-01-01", "unknown", "no"])
def test_a_death_that_is_no_past_date_does_not_silence_the_cards(
    moment: str, client: FlaskClient
) -> None:
    request = hook_request(prefetch=prefetch(patient=patient(deceasedDateTime=moment)))
    assert len(cards_in(post(client, request))) == 2


def test_an_end_in_the_future_does_not_silence_the_cards(client: FlaskClient) -> None:
    active = without(condition(abatementDateTime="2030-01-01"), "clinicalStatus")
    request = hook_request(prefetch=prefetch(conditions=bundle(active)))
    assert len(cards_in(post(client, request))) == 2


def test_a_text_only_diagnosis_never_gives_a_card(client: FlaskClient) -> None:
    text_only = condition(code={"text": RIGHT_FEMUR["code"]})
    request = hook_request(prefetch=prefetch(conditions=bundle(text_only)))
    assert summaries(post(client, request)) == []
