"""Reads a history as a table has it, and gives the FHIR resources that a chart would hold of it."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from cds_service.answer import Advice, Deployment, answer_hook
from tests.conftest import TODAY
from tests.fhir.builders import (
    CLINICAL,
    DCM,
    FEMORAL_HEAD,
    FILM,
    HIP,
    ICD10CM,
    LEFT,
    MRI,
    RIGHT,
    SNOMED,
    VERIFICATION,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    observation,
    prefetch,
    procedure,
    study,
)

_EVENT = re.compile(r"(\w+)(?: (right|left))? (undated|\d{4}(?:-\d\d){0,2})(?:, (.*))?")
_SIDES = {"right": RIGHT, "left": LEFT}
_HEADS = {
    "right": {"system": ICD10CM, "code": "M87.051"},
    "left": {"system": ICD10CM, "code": "M87.052"},
    None: FEMORAL_HEAD,
}
_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
_HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
_DECOMPRESSION = {"system": _HCPCS, "code": "S2325"}
_HOSPICE = {"system": SNOMED, "code": "385763009"}
_GRAFTS = {
    "right": {"system": _PCS, "code": "0QU60JZ"},
    "left": {"system": _PCS, "code": "0QU70JZ"},
}
_MODALITIES = {"film": FILM, "MRI": MRI, "CT": {"system": DCM, "code": "CT"}}
_REASONS = {"for osteonecrosis": "M87.051", "for a fracture": "S72.001D"}


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands in a chart, and what must come of it."""

    name: str
    why: str
    chart: list[str]
    hip: str = "right"
    status: str | None = None
    due: str | None = None
    every: str | None = None
    since: str | None = None
    stability: str | None = None
    doubt: str | None = None
    stop: str | None = None
    says: str | None = None


def histories() -> list[History]:
    """Return the table."""
    text = (Path(__file__).parent / "histories.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.load(text, yaml.CBaseLoader), list[History])


def ask(chart: Iterable[str], deployment: Deployment) -> Advice:
    """Return what the service makes of a chart."""
    request = hook_request(prefetch=prefetch(**_lists(chart)))
    return answer_hook("onfh-patient-view", json.dumps(request).encode(), deployment, TODAY)


def _lists(chart: Iterable[str]) -> Json:
    lists: dict[str, list[Json]] = {
        "conditions": [],
        "imagingStudies": [],
        "procedures": [],
        "observations": [],
        "diagnosticReports": [],
    }
    for number, text in enumerate(chart):
        match = _EVENT.fullmatch(text)
        assert match, text
        what, side, day, more = match.groups()
        key, resource = _resource(what, side, None if day == "undated" else day, more or "")
        lists[key].append(resource | {"id": f"e-{number}"})
    return {key: bundle(*found) for key, found in lists.items()}


def _resource(what: str, side: str | None, day: str | None, more: str) -> tuple[str, Json]:
    place = {"bodySite": concept(HIP, _SIDES[side])} if side else {"bodySite": concept(HIP)}
    match what:
        case "diagnosed" | "pain" | "coded":
            return "conditions", _condition(what, side, day, more)
        case "film" | "MRI" | "CT":
            series: Json = {"modality": _MODALITIES[what], "bodySite": HIP}
            series |= {"laterality": _SIDES[side]} if side else {}
            return "imagingStudies", study(started=day, series=[series])
        case "stage":
            said: Json = {"code": {"text": "Stage"}, "valueString": more, "effectiveDateTime": day}
            return "observations", observation(**said, **place)
        case "report":
            code = {"text": "XR hips"}
            return "diagnosticReports", {
                "resourceType": "DiagnosticReport",
                "status": "final",
                "subject": condition()["subject"],
                "code": code,
                "effectiveDateTime": day,
                "conclusion": more,
            }
        case _:
            return "procedures", _procedure(what, side, day, more)


def _condition(what: str, side: str | None, day: str | None, more: str) -> Json:
    code, *states = more.split(", ") if what == "coded" else ["", *filter(None, [more])]
    named = {"system": ICD10CM, "code": code} if code else _HEADS[side]
    when = "onsetDateTime" if what == "pain" else "recordedDate"
    found = condition(code=concept(named), **{when: day})
    found |= {} if what == "pain" else {"onsetDateTime": None}
    clinical = concept({"system": CLINICAL, "code": "resolved"})
    refuted = concept({"system": VERIFICATION, "code": "refuted"})
    changes: Mapping[str, Json] = {
        "resolved": {"clinicalStatus": clinical},
        "refuted": {"verificationStatus": refuted},
    }
    for state in states:
        found |= changes[state]
    return found


def _procedure(what: str, side: str | None, day: str | None, more: str) -> Json:
    members: dict[str, Any] = {"performedDateTime": day, "bodySite": []}
    if what == "decompression":
        members["code"] = concept(_DECOMPRESSION)
        members["bodySite"] = [concept(HIP), *([concept(_SIDES[side])] if side else [])]
    elif what == "graft":
        members["code"] = concept(_GRAFTS[side or "right"])
    elif what == "hospice":
        members["code"] = concept(_HOSPICE)
    else:
        members["code"] = {"text": more}
    if more == "not-done":
        members["status"] = more
    if more in _REASONS:
        members["reasonCode"] = [concept({"system": ICD10CM, "code": _REASONS[more]})]
    return procedure(**members)
