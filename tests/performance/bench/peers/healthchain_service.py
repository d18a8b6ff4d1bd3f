"""A CDS service on HealthChain that walks the dicts it is given; runs in an environment of its own.

It finds the diagnosis by its codes and the newest imaging study, and answers with two cards.
"""

import sys
from typing import Any

import uvicorn
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import CDSRequest, CDSResponse
from healthchain.models.responses.cdsresponse import Card, Source

ICD_10_CM, SNOMED_CT = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct"
CODES = {
    *((ICD_10_CM, code) for code in ("M87.050", "M87.051", "M87.052", "M87.059", "M87.351")),
    *((SNOMED_CT, code) for code in ("449916008", "15963001", "86155005", "203473000")),
}
SOURCE = Source(label="HealthChain")

service = CDSHooksService()


@service.hook("order-select", id="onfh-order-select")  # type: ignore[untyped-decorator]
def order_select(request: CDSRequest) -> CDSResponse:
    """Answer with two cards where the diagnosis is coded."""
    prefetch = request.prefetch or {}
    found = [one for one in resources(prefetch.get("conditions")) if has_code(one)]
    if not found:
        return CDSResponse(cards=[])
    days = [one.get("started", "") for one in resources(prefetch.get("imagingStudies"))]
    return CDSResponse(
        cards=[
            Card(summary="Limit load on the hip", indicator="info", source=SOURCE),
            Card(
                summary=f"The hip was last imaged on {max(days, default='')[:10]}",
                indicator="info",
                source=SOURCE,
            ),
        ]
    )


def resources(bundle: Any) -> list[dict[str, Any]]:
    """Return the resources of a Bundle that may be missing."""
    return [entry["resource"] for entry in (bundle or {}).get("entry", [])]


def has_code(condition: dict[str, Any]) -> bool:
    """Tell whether any coding of a Condition is one of ours."""
    codings = condition.get("code", {}).get("coding", [])
    return any((coding.get("system"), coding.get("code")) in CODES for coding in codings)


if __name__ == "__main__":
    app = HealthChainAPI(title="CDS service")
    app.register_service(service, path="/cds")
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
