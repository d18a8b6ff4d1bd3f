"""What is fetched to complete a pool, and what an answer leaves open."""

import json
from collections.abc import Mapping

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.fhir.pool.complete import EMPTY_WITHOUT_PATIENT, Completion
from cds_service.fhir.pool.identity import Identity
from cds_service.fhir.pool.pool import NOT_READABLE, Pool
from cds_service.fhir.pool.prefetch import pool_prefetch
from cds_service.fhir.reader import Reader
from cds_service.fhir.server.access import Access, FhirServer
from cds_service.fhir.server.fetch import Fetcher, Queries, answered
from cds_service.fhir.server.paging import FOREIGN_PAGE, Ask, Fetched
from cds_service.fhir.server.urls import parse_base
from cds_service.fhir.shapes.decode import decode_request
from tests.conftest import TODAY
from tests.fhir.builders import PATIENT_ID, Json, bundle, condition, decoded, hook_request, outcome

FAILED = Fetched((), "was answered with HTTP status 404")
NONE = Fetched((decoded(bundle(total=0)),))


class Canned(Fetcher):
    """Gives prepared answers by resource type, and remembers what was asked for."""

    def __init__(self, answers: Mapping[str, Fetched]) -> None:
        super().__init__()
        self.answers = answers
        self.asked: list[str] = []

    def begin(self, asks: Mapping[str, Ask], access: Access) -> Queries:
        """Answer."""
        del access
        self.asked += asks
        return {name: answered(self.answers.get(name, NONE)) for name in asks}


def completed(
    prefetch: Json, wanted: tuple[str, ...], answers: Mapping[str, Fetched], knowledge: Knowledge
) -> tuple[Pool, Canned]:
    """Complete what a prefetch lacks with prepared answers."""
    base = parse_base("https://fhir.example.org/r4")
    assert base
    asked = {"Patient", "Condition", *wanted, *knowledge.imaging_stand_ins}
    queries = {name: f"{name}?patient=1" for name in asked}
    access, fetcher = Access(FhirServer(base, (), queries), None, 0.0), Canned(answers)
    request = decode_request(json.dumps(hook_request(prefetch=prefetch)).encode())
    pool = pool_prefetch(request.prefetch, Identity(PATIENT_ID), Reader(knowledge, TODAY))
    completion = Completion(wanted, tuple(knowledge.imaging_stand_ins), access, fetcher)
    completion.conditions(pool, {})
    completion.rest(pool)
    return pool, fetcher


def test_a_server_without_the_patient_is_doubted_only_where_it_found_nothing(
    knowledge: Knowledge,
) -> None:
    answers = {"Patient": FAILED, "Condition": Fetched((decoded(bundle(condition())),))}
    pool, _ = completed({}, ("Patient", "Condition", "Procedure"), answers, knowledge)
    assert pool.gap("Condition") is None
    assert pool.gap("Procedure") == EMPTY_WITHOUT_PATIENT


def test_with_the_patient_an_empty_list_is_none(knowledge: Knowledge) -> None:
    pool, _ = completed({}, ("Condition", "Procedure"), {}, knowledge)
    assert (pool.gap("Condition"), pool.gap("Procedure")) == (None, None)


@pytest.mark.parametrize("sent", [None, outcome()], ids=["none", "not readable"])
def test_what_stands_in_for_imaging_is_asked_for_only_where_it_was_not_sent(
    sent: Json | None, knowledge: Knowledge
) -> None:
    answers = {"ImagingStudy": FAILED}
    prefetch = {"conditions": bundle(condition()), "diagnosticReports": sent}
    pool, fetcher = completed(prefetch, ("ImagingStudy",), answers, knowledge)
    others = set(knowledge.imaging_stand_ins) - {"DiagnosticReport"}
    assert set(fetcher.asked) == {"ImagingStudy", *others}
    assert pool.gap("DiagnosticReport") == (NOT_READABLE if sent else None)


def test_a_list_that_continues_on_another_server_names_that(knowledge: Knowledge) -> None:
    link = [{"relation": "next", "url": "https://elsewhere.example/Condition?page=2"}]
    sent = {"conditions": bundle(condition(), link=link)}
    pool, fetcher = completed(sent, ("Condition",), {}, knowledge)
    assert (pool.gap("Condition"), "Condition" in fetcher.asked) == (FOREIGN_PAGE, False)


def test_conditions_alone_are_asked_for_first(knowledge: Knowledge) -> None:
    answers = {"Condition": Fetched((decoded(bundle(condition())),))}
    _, fetcher = completed({}, ("Patient", "Condition", "Procedure"), answers, knowledge)
    assert fetcher.asked == ["Condition", "Patient", "Procedure"]


def test_where_there_are_none_the_patient_is_asked_for_too(knowledge: Knowledge) -> None:
    answers = {"Patient": FAILED}
    pool, fetcher = completed({}, ("Condition",), answers, knowledge)
    assert fetcher.asked == ["Condition", "Patient"]
    assert pool.gap("Condition") == EMPTY_WITHOUT_PATIENT
