"""What is counted, in a form that Prometheus reads, with labels of a closed set and no other."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web.exchange import current_exchange
from cds_service.web.running.causes import cause_of
from cds_service.web.running.metrics import Metrics, share_counts
from tests.conftest import NOW
from tests.fhir.builders import condition, hook_request, prefetch, without
from tests.fhir_server.bench import Bench, bench_for, request_lacking
from tests.fhir_server.modes import hang
from tests.web.contract import post
from tests.web.test_mutations import CANARIES, planted


@pytest.fixture
def client(knowledge: Knowledge) -> FlaskClient:
    """A service that has counted nothing yet."""
    return make_app(Settings(), knowledge, clock=lambda: NOW).test_client()


def samples(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return every number of `/metrics` that is not zero."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = [sample for family in families for sample in family.samples]
    return {(s.name, tuple(s.labels.values())): s.value for s in found if s.value}


def test_requests_cards_and_gaps_are_counted(client: FlaskClient) -> None:
    sent = without(prefetch(), "imagingStudies")
    for body in (hook_request(), hook_request(prefetch=sent), "no JSON"):
        post(client, body)
    found = samples(client)
    assert found["cds_requests_total", ("onfh-patient-view", "200")] == 2
    assert found["cds_requests_total", ("onfh-patient-view", "400")] == 1
    assert found["cds_cards_total", ("weight-bearing", "info")] == 2
    assert found["cds_could_not_check_total", ("ImagingStudy", "not-sent")] == 1
    assert found["cds_request_seconds_count", ("onfh-patient-view",)] == 3
    assert found["cds_request_seconds_bucket", ("onfh-patient-view", "+Inf")] == 3
    assert found["cds_request_seconds_sum", ("onfh-patient-view",)] > 0


@pytest.mark.enable_socket
def test_fhir_calls_are_counted_by_outcome(knowledge: Knowledge) -> None:
    with bench_for(knowledge) as bench:
        found = after_asking(bench)
    assert found["cds_fhir_calls_total", ("Condition", "whole")] == 1
    assert found["cds_fhir_calls_total", ("ImagingStudy", "too-late")] == 1
    assert found["cds_could_not_check_total", ("ImagingStudy", "too-late")] == 1


def after_asking(bench: Bench) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the numbers after a call that fetches two lists, of which one never comes."""
    server = bench.server({"ImagingStudy": hang})
    client = bench.service()
    post(client, request_lacking(server.base, ("Condition", "ImagingStudy")))
    return samples(client)


def test_the_outcome_of_client_authentication_is_counted(knowledge: Knowledge) -> None:
    app = make_app(Settings(), knowledge, clock=lambda: NOW)

    @app.before_request
    def authenticate() -> None:
        current_exchange().authentication = "accepted"

    post(app.test_client(), hook_request())
    assert samples(app.test_client())["cds_authentications_total", ("accepted",)] == 1


def test_whatever_is_not_in_the_set_counts_as_other(knowledge: Knowledge) -> None:
    metrics = Metrics(share_counts(knowledge))
    metrics.add("cds_requests_total", CANARIES[0], "200")
    assert 'cds_requests_total{service="other",status="other"} 1' in metrics.exposition()
    assert CANARIES[0] not in metrics.exposition()


@pytest.mark.parametrize(
    "status", [200, 204, 304, 400, 401, 403, 404, 405, 412, 413, 415, 429, 500, 503]
)
def test_each_status_that_the_service_answers_has_its_series(
    status: int, knowledge: Knowledge
) -> None:
    metrics = Metrics(share_counts(knowledge))
    metrics.add("cds_requests_total", "onfh-patient-view", f"{status}")
    line = f'cds_requests_total{{service="onfh-patient-view",status="{status}"}} 1'
    assert line in metrics.exposition()


def test_workers_count_apart_and_are_shown_together(knowledge: Knowledge) -> None:
    counts = share_counts(knowledge, 2)
    first, second = Metrics(counts, 0), Metrics(counts, 1)
    for metrics in (first, second, second):
        metrics.add("cds_shed_total", "places")
    assert 'cds_shed_total{reason="places"} 3' in first.exposition()
    assert first.exposition() == second.exposition()


def test_a_new_worker_goes_on_where_the_dead_one_stopped(knowledge: Knowledge) -> None:
    counts = share_counts(knowledge)
    for _ in range(2):
        Metrics(counts).add("cds_shed_total", "places")
    assert 'cds_shed_total{reason="places"} 2' in Metrics(counts).exposition()


def test_no_label_comes_from_a_request(client: FlaskClient) -> None:
    before = client.get("/metrics").text
    bodies: list[Any] = [planted(), planted() | {"hook": CANARIES[0]}, json.dumps(planted())[:-9]]
    for body in bodies:
        post(client, body, f"/cds-services/{CANARIES[1]}")
        post(client, body, "/cds-services/onfh-order-select", headers={"Host": CANARIES[2]})
        client.open(f"/{CANARIES[3]}", method=CANARIES[0])
    after = client.get("/metrics").text
    names = [[line.rsplit(" ", 1)[0] for line in text.splitlines()] for text in (before, after)]
    assert names[0] == names[1]


def test_the_row_of_a_worker_has_a_place_for_every_series(knowledge: Knowledge) -> None:
    counts = share_counts(knowledge)
    series = [key for family in counts.families for key in family.keys]
    assert len(counts.rows[0]) == len(series) < 500


@pytest.mark.parametrize(
    ("gap", "cause"),
    [
        ("was not among the data sent, and the request names no FHIR server", "not-sent"),
        ("was answered with HTTP status 503", "error-status"),
        ("was answered with another kind of resource", "not-usable"),
        ("could not be had: no usable connection", "no-connection"),
        ("could not be read", "not-readable"),
        ("anything else", "other"),
    ],
)
def test_the_words_of_a_gap_have_a_cause(gap: str, cause: str) -> None:
    assert cause_of(gap) == cause


def test_a_refused_call_of_another_patient_is_a_request_and_no_gap(client: FlaskClient) -> None:
    foreign = prefetch(zz=condition(subject={"reference": "Patient/zz-another"}))
    post(client, hook_request(prefetch=foreign))
    names = {name for name, _ in samples(client)}
    assert ("cds_requests_total", ("onfh-patient-view", "412")) in samples(client)
    assert "cds_could_not_check_total" not in names
