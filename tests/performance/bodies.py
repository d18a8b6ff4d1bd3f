"""Long charts: hook requests with as many Conditions and ImagingStudies as asked for."""

import json
from typing import Any

from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
Json = dict[str, Any]


# By its length, about: how many Conditions and ImagingStudies are added to the shortest.
CHARTS = {"6 KB": (0, 0), "29 KB": (23, 0), "200 KB": (190, 0), "2 MB": (1950, 0)}
LONGEST = (5_000, 500)
# Whether a chart names osteonecrosis, by what the answer is.
KINDS = {"silent": False, "two cards": True}
DIAGNOSIS = "cond-onfh"


def chart(conditions: int, studies: int, *, speaks: bool = True) -> bytes:
    """Return a request with further entries from a Synthea chart.

    It gets two cards, or none where it `speaks` not: then the Condition with the diagnosis is gone.
    """
    request = _request("library-r4-order-select-onfh")
    synthea = _request("synthea-11-unedited")["prefetch"]
    prefetch, subject = request["prefetch"], f"Patient/{request['context']['patientId']}"
    for key, wanted in (("conditions", conditions), ("imagingStudies", studies)):
        entries, more = prefetch[key]["entry"], synthea[key]["entry"]
        kept = [one for one in entries if speaks or one["resource"]["id"] != DIAGNOSIS]
        kept += [_entry(more[i % len(more)], i, subject) for i in range(wanted)]
        prefetch[key] |= {"entry": kept, "total": len(kept)}
    return json.dumps(request, separators=(",", ":")).encode()


def _entry(entry: Json, number: int, subject: str) -> Json:
    resource = entry["resource"] | {"id": f"more-{number}", "subject": {"reference": subject}}
    return entry | {"fullUrl": f"https://ehr.example.org/{number}", "resource": resource}


def _request(name: str) -> Json:
    request: Json = json.loads((GOLDEN / f"{name}.request.json").read_text())
    return request
