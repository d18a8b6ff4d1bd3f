"""The OpenAPI document of the HTTP interface, exact enough to test against; holds no behaviour."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Blueprint, Response

from cds_service.answer import Deployment
from cds_service.settings import Settings

JSON = "application/json"
Schema = Mapping[str, Any]
_TEXT: Schema = {"type": "string"}
_WORDS: Schema = {"type": "string", "minLength": 1}
_REFUSALS = {
    "400": "The body is not a call of this hook",
    "413": "The body is larger than this service accepts",
    "415": "The body is compressed",
    "429": "This client sends more than its share",
    "500": "The service failed",
    "503": "As much as this service takes at once is under way, or it cannot check clients now",
}
_MAYBE: Schema = {"type": ["string", "null"]}
# FHIR of any version is read piece by piece: what cannot be read is a gap, not a refusal.
_ANYTHING: Schema = {}


def make_openapi(deployment: Deployment, settings: Settings) -> Blueprint:
    """Return the route `/openapi.json`."""
    routes = Blueprint("openapi", __name__)
    document = msgspec.json.encode(describe(deployment, settings))

    @routes.get("/openapi.json")
    def show() -> Response:
        return Response(document, content_type=JSON)

    return routes


def describe(deployment: Deployment, settings: Settings) -> dict[str, Any]:
    """Return the document: one path a service, so that each names its own hook."""
    services = deployment.knowledge.services.values()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Femoral-head CDS", "version": deployment.knowledge.digest[:12]},
        "servers": [{"url": settings.public_base_url}],
        "paths": {
            "/cds-services": _get("List the services", JSON, {"$ref": "#/components/schemas/List"}),
            **{f"/cds-services/{one.id}": _call(one.title, one.hook) for one in services},
            "/livez": _get("The process lives", JSON, _ref("Status")),
            "/readyz": _ready(),
            "/metrics": _get("Counters, for Prometheus", "text/plain", _WORDS),
        },
        "components": {"schemas": _SCHEMAS},
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(words: str, content_type: str, schema: Schema) -> Schema:
    return {"description": words, "content": {content_type: {"schema": schema}}}


def _refusal(words: str) -> Schema:
    return _answer(words, "application/fhir+json", _ref("OperationOutcome"))


def _get(words: str, content_type: str, schema: Schema) -> dict[str, Any]:
    return {"get": {"summary": words, "responses": {"200": _answer(words, content_type, schema)}}}


def _ready() -> dict[str, Any]:
    described = _get("May get calls", JSON, _ref("Status"))
    described["get"]["responses"]["503"] = _answer("Is to get no calls", JSON, _ref("Status"))
    return described


def _call(title: str, hook: str) -> Schema:
    envelope = {"allOf": [_ref("Call"), {"properties": {"hook": {"const": hook}}}]}
    could_not = _refusal("Data that the decision needs was not there, or is another patient's")
    cards = _answer("Cards; none means: checked, nothing to say", JSON, _ref("Cards"))
    responses = {
        "200": {**cards, "headers": {"Content-Language": {"required": True, "schema": _WORDS}}},
        "401": {"description": "The client is not known, whatever the cause"},
        "412": could_not,
        **{status: _refusal(words) for status, words in _REFUSALS.items()},
    }
    body = {"required": True, "content": {JSON: {"schema": envelope}}}
    return {"post": {"summary": title, "requestBody": body, "responses": responses}}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


def _list(member: Schema, **more: int) -> Schema:
    return {"type": "array", "items": member, **more}


_PATIENT_ID: Schema = {"type": "string", "pattern": r"^(?!\.+$)[A-Za-z0-9\-._~]{1,256}$"}
_SCHEMAS: Schema = {
    "Call": _object(
        ["hook", "hookInstance", "context"],
        hook=_WORDS,
        hookInstance=_WORDS,
        context=_object(["patientId"], patientId=_PATIENT_ID, draftOrders=_ANYTHING),
        prefetch={"type": ["object", "null"]},
        fhirServer=_MAYBE,
        fhirAuthorization={
            "type": ["object", "null"],
            "properties": {"access_token": _MAYBE, "patient": _MAYBE},
        },
    ),
    "Cards": _object(["cards"], cards=_list(_ref("Card"), maxItems=3)),
    "Card": _object(
        ["uuid", "summary", "indicator", "source"],
        uuid={"type": "string", "format": "uuid"},
        summary={"type": "string", "minLength": 1, "maxLength": 139},
        indicator={"enum": ["info", "warning", "critical"]},
        source=_object(["label"], label=_WORDS, url=_TEXT),
        detail=_WORDS,
        suggestions=_list({"type": "object"}, minItems=1),
        selectionBehavior={"enum": ["any", "at-most-one"]},
        overrideReasons=_list({"type": "object"}, minItems=1),
        links=_list({"type": "object"}, minItems=1),
    ),
    "List": _object(
        ["services"],
        services=_list(_object(["id", "hook", "description"], id=_WORDS, hook=_WORDS)),
    ),
    "OperationOutcome": _object(
        ["resourceType", "issue"],
        resourceType={"const": "OperationOutcome"},
        issue=_list(
            _object(
                ["severity", "code"],
                severity={"enum": ["fatal", "error"]},
                code=_WORDS,
                details=_object(["text"], text=_WORDS),
            ),
            minItems=1,
        ),
    ),
    "Status": _object(["status"], status=_WORDS),
}
