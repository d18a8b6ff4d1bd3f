"""The golden charts as a FHIR server holds them: every chart with ids of its own."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from tests.conftest import ROOT
from tests.fhir.builders import Json

GOLDEN = ROOT / "tests" / "golden"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TYPES = {
    "patient": "Patient",
    "conditions": "Condition",
    "imagingStudies": "ImagingStudy",
    "procedures": "Procedure",
    "observations": "Observation",
    "diagnosticReports": "DiagnosticReport",
    "activeOrders": "ServiceRequest",
}
# A search that failed is not something that a server can be loaded with.
NOT_LOADABLE = ("synthea-11-imaging-unreadable",)
# Medplum's memory repository takes 1.2 ms to match one resource, for every page anew.
MOST_CONDITIONS = 45
STAGED_SUMMARIES = (
    "Lesion worse or new bone loss, left hip: consider whether surgery is needed.",
    "Osteonecrosis, left hip: limit load, no running or jumping.",
    "Left hip: next imaging due about 19 January 2027.",
)
NOTHING: Json = {"resourceType": "Bundle", "type": "searchset", "total": 0}


@dataclass(frozen=True)
class Chart:
    """A request with its whole prefetch, and the cards that a review has accepted for it."""

    name: str
    request: Json
    summaries: tuple[str, ...]

    @property
    def patient_id(self) -> str:
        """The id of the patient."""
        found: str = self.request["context"]["patientId"]
        return found

    def of(self, key: str) -> list[Json]:
        """Return the resources under a prefetch key, without outcomes."""
        value = self.request["prefetch"][key]
        entries = [{"resource": value}] if key == "patient" else (value or {}).get("entry", [])
        found = [entry["resource"] for entry in entries]
        return [resource for resource in found if resource["resourceType"] == TYPES[key]]

    def resources(self) -> list[Json]:
        """Return every resource of the prefetch."""
        return [resource for key in TYPES for resource in self.of(key)]


def golden_charts() -> list[Chart]:
    """Return every golden Synthea chart that a server can hold."""
    files = sorted(GOLDEN.glob("synthea-*.request.json"))
    charts = [_read(path) for path in files if path.name.split(".")[0] not in NOT_LOADABLE]
    return [
        *charts,
        _lengthened(_named(charts, "synthea-11-pelvis-film-among-many"), "imagingStudies", 45),
        _lengthened(_named(charts, "synthea-07-left-replaced"), "procedures", 25),
        _staged(_named(charts, "synthea-01-icd10cm-left")),
    ]


def neighbours() -> list[Chart]:
    """Return two further patients, one with osteonecrosis, whose data no answer may contain."""
    files = (GOLDEN / f"synthea-{name}.request.json" for name in ("03-unedited", "04-both-hips"))
    charts = map(_read, files)
    return [replace(c, request=_renamed(c.request, f"{c.name} next door")) for c in charts]


def _renamed(request: Json, name: str) -> Json:
    """Return a request with other ids throughout, so that it is of another patient."""
    other: Json = json.loads(_with_own_ids(json.dumps(request), name))
    return other


def _read(path: Path) -> Chart:
    """Read a chart; the same patient in two files becomes two patients."""
    name = path.name.split(".")[0]
    response = path.with_name(f"{name}.response.json")
    cards = json.loads(response.read_text(encoding="utf-8"))["cards"]
    request = json.loads(_with_own_ids(path.read_text(encoding="utf-8"), name))
    request["prefetch"] = dict.fromkeys(TYPES, NOTHING) | request["prefetch"]
    conditions = request["prefetch"]["conditions"]
    conditions["entry"] = conditions["entry"][-MOST_CONDITIONS:]
    conditions["total"] = len(conditions["entry"])
    return Chart(name, request, tuple(card["summary"] for card in cards))


def _with_own_ids(text: str, name: str) -> str:
    return UUID.sub(lambda found: str(uuid5(NAMESPACE_URL, f"{name}/{found[0]}")), text)


def _named(charts: list[Chart], name: str) -> Chart:
    return next(chart for chart in charts if chart.name == name)


def _lengthened(chart: Chart, key: str, length: int) -> Chart:
    """Return a chart with copies of what decides nothing before its last entry, which decides."""
    name = f"{chart.name}-of-{length}"
    request = _renamed(chart.request, name)
    *others, deciding = request["prefetch"][key]["entry"]
    entries = [
        *others,
        *(_copy(others[n % len(others)], n) for n in range(length - len(others) - 1)),
    ]
    request["prefetch"][key] |= {"entry": [*entries, deciding], "total": length}
    return Chart(name, request, chart.summaries)


def _staged(chart: Chart) -> Chart:
    """Return a chart with a stage in an examination and an earlier one in a report."""
    name = f"{chart.name}-progressed"
    request = _renamed(chart.request, name)
    subject = {"reference": f"Patient/{request['context']['patientId']}"}
    stages: dict[str, Json] = {
        "observations": {
            "resourceType": "Observation",
            "category": _category("observation-category", "exam"),
            "code": {"text": "Stage of osteonecrosis, left hip"},
            "valueString": "Ficat-Arlet II",
            "effectiveDateTime": "2026-11-02",
        },
        "diagnosticReports": {
            "resourceType": "DiagnosticReport",
            "category": _category("v2-0074", "RAD"),
            "code": {"text": "MRI of the left hip"},
            "conclusion": "Osteonecrosis of the left femoral head, Ficat-Arlet I.",
            "effectiveDateTime": "2026-03-02",
        },
    }
    for key, resource in stages.items():
        own = {"id": str(uuid5(NAMESPACE_URL, f"{name}/{key}")), "status": "final"}
        entry = {"resource": resource | own | {"subject": subject}}
        request["prefetch"][key] = NOTHING | {"total": 1, "entry": [entry]}
    return Chart(name, request, STAGED_SUMMARIES)


def _copy(entry: Json, number: int) -> Json:
    """Return an entry under another id, of the same patient."""
    other = _renamed(entry, f"copy {number}")
    other["resource"]["subject"] = entry["resource"]["subject"]
    return other


def _category(system: str, code: str) -> list[Json]:
    url = f"http://terminology.hl7.org/CodeSystem/{system}"
    return [{"coding": [{"system": url, "code": code}]}]
