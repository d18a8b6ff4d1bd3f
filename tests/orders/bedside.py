"""Order hooks of one invented patient with osteonecrosis of the right femoral head."""

from pathlib import Path
from typing import Any

import msgspec
import yaml
from flask.testing import FlaskClient

from tests.fhir.builders import (
    HIP,
    MRI,
    Json,
    bundle,
    condition,
    order_request,
    prefetch,
    study,
)
from tests.web.contract import Card, cards_in, post

HERE = Path(__file__).resolve().parent
MISSION = ("weight-bearing", "review-interval")
IN_CODE = ("ServiceRequest", "ProcedureRequest")
CODED = (*IN_CODE, "MedicationRequest", "MedicationOrder", "DeviceRequest")
SYSTEMS = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "loinc": "http://loinc.org",
    "sct": "http://snomed.info/sct",
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "local": "urn:oid:1.2.3.4",
}


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft order, and the order cards that come of it."""

    name: str
    cards: list[str]
    type: str = "ServiceRequest"
    code: dict[str, str] | None = None
    text: str | None = None
    more: dict[str, Any] = {}
    beside: list[dict[str, Any]] = []


class Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order, in short: `code` is system, code, display; `reason` is words, or as `code`."""

    name: str
    type: str = "ServiceRequest"
    code: list[str] = []
    text: str | None = None
    reason: str | list[str] | None = None
    note: str | None = None
    dose: str | None = None
    priority: str | None = None
    more: dict[str, Any] = {}

    def draft(self) -> Json:
        """Return the draft order."""
        named = _concept(self.code) | ({"text": self.text} if self.text else {})
        reason = self.reason if isinstance(self.reason, list) else []
        why = {"text": self.reason} if isinstance(self.reason, str) else _concept(reason)
        members: Json = {
            "code" if self.type in IN_CODE else "medicationCodeableConcept": named,
            "reasonCode": [why] if why else [],
            "note": [{"text": self.note}] if self.note else [],
            "dosageInstruction": [{"text": self.dose}] if self.dose else [],
            "priority": self.priority,
            "description": self.text if self.type not in CODED else None,
        }
        sent = {name: value for name, value in members.items() if value}
        return draft(self.type, **(sent | self.more))


def _concept(coding: list[str]) -> Json:
    named = zip(("system", "code", "display"), coding, strict=False)
    one = dict(named)
    return {"coding": [one | {"system": SYSTEMS[one["system"]]}]} if one else {}


def orders_in(file: str) -> dict[str, list[Other]]:
    """Return the orders of a table by specialty."""
    text = (HERE / file).read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, list[Other]])


def rows() -> list[Row]:
    """Return the table of draft orders."""
    text = (HERE / "drafts.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), list[Row])


def drafted(row: Row) -> Json:
    """Return the draft order of a row."""
    concept: Json = {"coding": [row.code]} if row.code else {}
    concept |= {"text": row.text} if row.text else {}
    name = "code" if row.type in IN_CODE else "medicationCodeableConcept"
    return draft(row.type, **({name: concept} if concept else {}), **row.more)


def draft(resource_type: str = "ServiceRequest", **members: Any) -> Json:
    """Return a draft order of the patient."""
    subject = {"reference": "Patient/zz-test-1"}
    return {
        "resourceType": resource_type,
        "id": "o-1",
        "status": "draft",
        "subject": subject,
    } | members


def imaging(modality: Json, started: str = "2026-10-10") -> Json:
    """Return a study of the hips."""
    series = [{"uid": "2.25.1", "modality": modality, "bodySite": HIP}]
    return study(started=started, series=series)


def chart(**members: Any) -> Json:
    """Return the prefetch: right femoral head, last MRI six weeks ago, ARCO 2019 II."""
    staged = condition(
        id="c-1",
        onsetDateTime="2026-01-10",
        stage=[{"summary": {"text": "ARCO 2019 stage II"}}],
    )
    imaged = imaging(MRI)
    whole = {
        "conditions": bundle(staged),
        "imagingStudies": bundle(imaged),
        "observations": None,
        "diagnosticReports": None,
    }
    return prefetch(**(whole | members))


def ask(
    client: FlaskClient,
    *drafts: Json,
    hook: str = "order-sign",
    chart_of: Json | None = None,
    **more: Any,
) -> list[Card]:
    """Return the cards that the drafts get."""
    request = order_request(*drafts, hook=hook, **more) | {"prefetch": chart_of or chart()}
    return cards_in(post(client, request, f"/cds-services/onfh-{hook}"))


def order_cards(cards: list[Card]) -> list[str]:
    """Return the ids of the cards beside the two that every call here gets."""
    ids = [card.source.topic.code for card in cards]
    assert [name for name in MISSION if name not in ids] == []
    return [name for name in ids if name not in MISSION]
