"""Long charts: hook requests with as many Conditions and ImagingStudies as asked for."""

import json
from typing import Any

from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
Json = dict[str, Any]


def chart(conditions: int, studies: int) -> bytes:
    """Return a request that gets two cards, with further entries from a Synthea chart."""
    request = _request("library-r4-order-select-onfh")
    synthea = _request("synthea-11-unedited")["prefetch"]
    prefetch, subject = request["prefetch"], f"Patient/{request['context']['patientId']}"
    for key, wanted in (("conditions", conditions), ("imagingStudies", studies)):
        entries, more = prefetch[key]["entry"], synthea[key]["entry"]
        entries += [_entry(more[i % len(more)], i, subject) for i in range(wanted)]
        prefetch[key]["total"] = len(entries)
    return json.dumps(request, separators=(",", ":")).encode()


def _entry(entry: Json, number: int, subject: str) -> Json:
    resource = entry["resource"] | {"id": f"more-{number}", "subject": {"reference": subject}}
    return entry | {"fullUrl": f"https://ehr.example.org/{number}", "resource": resource}


def _request(name: str) -> Json:
    request: Json = json.loads((GOLDEN / f"{name}.request.json").read_text())
    return request
