"""The OpenAPI document of the HTTP interface, exact enough to test against."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Blueprint, Response

from cds_service.answer import Deployment
from cds_service.hooks import CardsResponse, Discovery
from cds_service.web.problems import FHIR_JSON

JSON = "application/json"
Schema = Mapping[str, Any]
_SCHEMAS = "#/components/schemas/{name}"
_WORDS: Schema = {"type": "string", "minLength": 1}
_MAYBE: Schema = {"type": ["string", "null"]}
_REFUSALS = {
    "400": "The body is not a call of this hook",
    "412": "Data that the decision needs was not there, or is another patient's",
    "413": "The body is larger than this service accepts",
    "415": "The body is compressed",
    "429": "This client sends more than its share",
    "500": "The service failed",
    "503": "As much as this service takes at once is under way, or it cannot check clients now",
}


def make_openapi(deployment: Deployment) -> Blueprint:
    """Return the route `/openapi.json`."""
    routes = Blueprint("openapi", __name__)
    document = msgspec.json.encode(describe(deployment))

    @routes.get("/openapi.json")
    def show() -> Response:
        return Response(document, content_type=JSON)

    return routes


def describe(deployment: Deployment) -> dict[str, Any]:
    """Return the document: one path a service, so that each names its own hook."""
    knowledge = deployment.knowledge
    sent = _sent()
    sent["CardsResponse"]["properties"]["cards"]["maxItems"] = knowledge.most_cards
    ready = _get("May get calls", JSON, _ref("Status"))
    ready["get"]["responses"]["503"] = _answer("Is to get no calls", JSON, _ref("Status"))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Femoral-head CDS", "version": knowledge.digest[:12]},
        "servers": [{"url": deployment.base_url}],
        "paths": {
            "/cds-services": _get("List the services", JSON, _ref("Discovery")),
            **{
                f"/cds-services/{one.id}": _call(one.title, one.hook)
                for one in knowledge.services.values()
            },
            "/livez": _get("The process lives", JSON, _ref("Status")),
            "/readyz": ready,
            "/metrics": _get("Counters, for Prometheus", "text/plain", _WORDS),
        },
        "components": {"schemas": {**sent, **_READ}},
    }


def _sent() -> dict[str, Any]:
    """Return the schemas of what the endpoints send, as our types say it."""
    _, schemas = msgspec.json.schema_components(
        [CardsResponse, Discovery],
        schema_hook=lambda _: {"description": "As FHIR has it."},
        ref_template=_SCHEMAS,
    )
    return {name: _without_null(schema) for name, schema in schemas.items()}


def _without_null(schema: Any) -> Any:  # noqa: ANN401 (a schema, or a part of one)
    """Leave null and defaults out: a member that is absent is not sent."""
    match schema:
        case {"anyOf": [one, {"type": "null"}]}:
            return _without_null(one)
        case {"anyOf": [*some, {"type": "null"}]}:
            return {"anyOf": [_without_null(one) for one in some]}
        case dict():
            return {name: _without_null(part) for name, part in schema.items() if name != "default"}
        case _:
            return schema


def _ref(name: str) -> Schema:
    return {"$ref": _SCHEMAS.format(name=name)}


def _answer(words: str, content_type: str, schema: Schema) -> Schema:
    return {"description": words, "content": {content_type: {"schema": schema}}}


def _get(words: str, content_type: str, schema: Schema) -> dict[str, Any]:
    return {"get": {"summary": words, "responses": {"200": _answer(words, content_type, schema)}}}


def _call(title: str, hook: str) -> Schema:
    envelope = {"allOf": [_ref("Call"), {"properties": {"hook": {"const": hook}}}]}
    cards = _answer("Cards; none means: checked, nothing to say", JSON, _ref("CardsResponse"))
    outcome = _ref("OperationOutcome")
    responses = {
        "200": {**cards, "headers": {"Content-Language": {"required": True, "schema": _WORDS}}},
        "401": {"description": "The client is not known, whatever the cause"},
        **{status: _answer(words, FHIR_JSON, outcome) for status, words in _REFUSALS.items()},
    }
    body = {"required": True, "content": {JSON: {"schema": envelope}}}
    return {"post": {"summary": title, "requestBody": body, "responses": responses}}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


_ISSUE = _object(
    ["severity", "code"],
    severity={"enum": ["fatal", "error"]},
    code=_WORDS,
    details=_object(["text"], text=_WORDS),
)
_PATIENT_ID: Schema = {"type": "string", "pattern": r"^(?!\.+$)[A-Za-z0-9\-._~]{1,256}$"}
# A call is described as it should be, and read as it comes: FHIR of any version is read piece by
# piece, and what cannot be read is a gap and not a refusal.
_READ: Schema = {
    "Call": _object(
        ["hook", "hookInstance", "context"],
        hook=_WORDS,
        hookInstance=_WORDS,
        context=_object(["patientId"], patientId=_PATIENT_ID, draftOrders={}),
        prefetch={"type": ["object", "null"]},
        fhirServer=_MAYBE,
        fhirAuthorization={
            "type": ["object", "null"],
            "properties": {"access_token": _MAYBE, "patient": _MAYBE},
        },
    ),
    "OperationOutcome": _object(
        ["resourceType", "issue"],
        resourceType={"const": "OperationOutcome"},
        issue={"type": "array", "items": _ISSUE, "minItems": 1},
    ),
    "Status": _object(["status"], status=_WORDS),
}
