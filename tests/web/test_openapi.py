"""The published description against the service itself, as schemathesis reads it."""

import json
import os
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import CARDS, NOW

EXAMPLES = 2_000 if os.environ.get("CDS_TEST_LENGTH") == "soak" else 50
CONTENT = yaml.safe_load((CARDS / "services.yaml").read_text(encoding="utf-8"))
SERVICES = [f"/cds-services/{service['id']}" for service in CONTENT["services"]]
OPERATIONS = ["/cds-services", *SERVICES, "/livez", "/readyz", "/metrics"]


@pytest.fixture(scope="module")
def schema(knowledge: Knowledge) -> Any:
    """The description, with the service behind it."""
    service = Settings(public_base_url="http://localhost")
    app = make_app(service, knowledge, clock=lambda: NOW)
    valid = {"positive_data_acceptance": {"expected-statuses": [200, 412]}}
    config = schemathesis.Config.from_dict({"checks": valid})
    return schemathesis.openapi.from_wsgi("/openapi.json", app, config=config)


def test_the_description_has_these_operations_and_no_other(schema: Any) -> None:
    assert list(schema) == OPERATIONS


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, "POSITIVE") for path in OPERATIONS] + [(path, "NEGATIVE") for path in SERVICES],
)
def test_the_service_answers_as_described(path: str, mode: str, schema: Any) -> None:
    (operation,) = schema[path].values()
    generation = getattr(schemathesis.GenerationMode, mode)

    @given(case=operation.as_strategy(generation_mode=generation))
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck), database=None,
    )  # fmt: skip
    def answers(case: Any) -> None:
        case.call_and_validate()

    answers()


def test_what_is_always_sent_is_required_and_nothing_is_null(schema: Any) -> None:
    schemas = schema.raw_schema["components"]["schemas"]
    required = {name: set(found.get("required", ())) for name, found in schemas.items()}
    assert required["CardsResponse"] == {"cards"}
    assert required["Card"] == {"uuid", "summary", "indicator", "source"}
    assert {"id", "hook", "title", "description", "prefetch"} < required["ServiceDescription"]
    sent = {name: schemas[name] for name in ("CardsResponse", "Card", "Source", "Suggestion")}
    assert "null" not in json.dumps(sent)


def test_the_language_of_an_answer_is_a_header_that_is_always_sent(schema: Any) -> None:
    hook = schema.raw_schema["paths"][SERVICES[0]]["post"]
    header = hook["responses"]["200"]["headers"]["Content-Language"]
    assert header == {"required": True, "schema": {"type": "string", "minLength": 1}}
