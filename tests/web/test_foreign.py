"""Another patient's resource anywhere refuses the whole call: 412, no card, no identifier back."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.fhir.builders import Json
from tests.fhir.test_subjects import MIXED_UP
from tests.web.contract import issues_in, post

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*onfh*.request.json"))
GOLDEN += sorted((ROOT / "tests" / "golden").glob("synthea-0[4-9]*.request.json"))
FOREIGN_ID = "zz-another-patient"
CHECKED = {"Condition", "ImagingStudy", "Procedure"}


def service_of(request: Json) -> str:
    """Return the address of the service for a request."""
    return f"/cds-services/onfh-{request['hook']}"


def subjects_in(request: Json) -> list[Json]:
    """Return the subject of every resource of a type that is checked, and every draft order's."""
    bundles = [v for v in request["prefetch"].values() if v and v["resourceType"] == "Bundle"]
    fetched = [e["resource"] for b in bundles for e in b.get("entry", ())]
    drafts = [e["resource"] for e in request["context"].get("draftOrders", {}).get("entry", ())]
    wanted = [r for r in fetched if r["resourceType"] in CHECKED] + drafts
    subjects: list[Any] = [r.get("subject") or r.get("patient") for r in wanted]
    return [subject for subject in subjects if subject and "reference" in subject]


@pytest.mark.parametrize("request_body", MIXED_UP.values(), ids=MIXED_UP)
def test_another_patients_resource_gives_412_and_no_card(
    request_body: Json, client: FlaskClient
) -> None:
    response = post(client, request_body, service_of(request_body))
    assert response.status_code == 412
    assert [issue["code"] for issue in issues_in(response)] == ["conflict"]
    assert "another-" not in response.text
    assert "Patient/" not in response.text


@given(data=st.data())
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_one_foreign_subject_among_all_of_a_chart_is_never_overlooked(
    data: st.DataObject, client: FlaskClient
) -> None:
    request = json.loads(data.draw(st.sampled_from(GOLDEN)).read_bytes())
    subject = data.draw(st.sampled_from(subjects_in(request)))
    form = data.draw(st.sampled_from(["Patient/{}", "https://x.example/Patient/{}/_history/2"]))
    subject["reference"] = form.format(FOREIGN_ID)
    response = post(client, request, service_of(request))
    assert response.status_code == 412
    assert [issue["code"] for issue in issues_in(response)] == ["conflict"]
    assert FOREIGN_ID not in response.text


def test_a_refused_mix_up_leaves_an_audit_line_without_identifiers(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    request = json.loads(GOLDEN[0].read_text(encoding="utf-8"))
    request["prefetch"]["patient"] = {"resourceType": "Patient", "id": FOREIGN_ID}
    post(client, request, service_of(request))
    lines = [r.getMessage() for r in caplog.records if r.name == "cds_service.audit"]
    assert lines == ["refused: a resource of another patient"]
    assert FOREIGN_ID not in caplog.text
