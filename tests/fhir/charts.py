"""Random charts of one invented patient, and the same with one part that nobody knows.

The charts are plain: every entry is coded with its display, and no two entries contradict each
other, so that whatever is said of a spoiled chart and not of the plain one comes of the part alone.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fhir.builders import (
    CLINICAL,
    DCM,
    ICD10CM,
    LOINC,
    SNOMED,
    VERIFICATION,
    Json,
    bundle,
    condition,
    order,
    order_request,
    prefetch,
    procedure,
    study,
)

STATUSES = ("status", "clinicalStatus", "verificationStatus")
NOBODYS_SYSTEM = "urn:zz:nobody"
NOBODYS_CODE = "zz-nobody-1"
SIDES = ("right", "left")

Place = tuple[str | int, ...]
Part = tuple[str, str]
"""The type of a resource, and its element."""


def coding(system: str, code: str, display: str) -> Json:
    """Return a Coding."""
    return {"system": system, "code": code, "display": display}


HEAD = coding(SNOMED, "203476003", "Osteonecrosis of femoral head")
FEMUR = {
    "right": coding(ICD10CM, "M87.051", "Idiopathic aseptic necrosis of right femur"),
    "left": coding(ICD10CM, "M87.052", "Idiopathic aseptic necrosis of left femur"),
}
SIDE = {
    "right": coding(SNOMED, "24028007", "Right"),
    "left": coding(SNOMED, "7771000", "Left"),
}
FILM = coding(DCM, "DX", "Digital Radiography")
MRI = coding(DCM, "MR", "Magnetic Resonance")
HIP = coding(SNOMED, "24136001", "Hip joint")
HIP_OF = {
    "right": coding(SNOMED, "287579007", "Right hip region structure"),
    "left": coding(SNOMED, "287679003", "Left hip region structure"),
}
HIP_FILMS = coding(LOINC, "24762-7", "XR Hip 2 Views")
HIP_FILMS_OF = {
    "right": coding(LOINC, "26132-1", "XR Hip - right Views"),
    "left": coding(LOINC, "26131-3", "XR Hip - left Views"),
}
REPLACEMENT = coding("http://www.ama-assn.org/go/cpt", "27130", "Total hip arthroplasty")
PHYSIOTHERAPY = coding(SNOMED, "91251008", "Physical therapy procedure")
PREDNISONE = coding(
    "http://www.nlm.nih.gov/research/umls/rxnorm", "312617", "prednisone 5 MG Oral Tablet"
)
ACTIVE = coding(CLINICAL, "active", "Active")
CONFIRMED = coding(VERIFICATION, "confirmed", "Confirmed")
PROVISIONAL = coding(VERIFICATION, "provisional", "Provisional")

_DAYS = st.sampled_from(["2026-01-15", "2026-04-20", "2026-07-30", "2026-10-25"])


def concept(*codings: Json) -> Json:
    """Return a CodeableConcept."""
    return {"coding": list(codings)}


def _conditions(side: str) -> st.SearchStrategy[Json]:
    coded = st.sampled_from(
        [
            {"code": concept(FEMUR[side])},
            {"code": concept(HEAD), "bodySite": [concept(SIDE[side])]},
        ]
    )
    sure = st.sampled_from([CONFIRMED, PROVISIONAL])
    return st.builds(
        lambda told, sure, on: condition(
            id=f"condition-{side}",
            clinicalStatus=concept(ACTIVE),
            verificationStatus=concept(sure),
            onsetDateTime=on,
            **told,
        ),
        coded,
        sure,
        st.sampled_from(["2024-03-01", "2025-08-01", "2026-03-01"]),
    )


def _studies(side: str) -> st.SearchStrategy[Json]:
    def made(modality: Json, on: str, coded: str) -> Json:
        series = {"modality": modality, "bodySite": HIP, "laterality": SIDE[side]}
        by_series = {"series": [series]}
        by_code = {"procedureCode": [concept(HIP_FILMS)], "series": [{"modality": FILM}]}
        of_side = {"procedureCode": [concept(HIP_FILMS_OF[side])], "modality": [FILM]}
        members = {"series": by_series, "code": by_code, "side": of_side}[coded]
        return study(**{"id": f"study-{side}-{on}", "started": on, "series": None} | members)

    coded = st.sampled_from(["series", "code", "side"])
    return st.builds(made, st.sampled_from([FILM, MRI]), _DAYS, coded)


def _replacements(side: str) -> st.SearchStrategy[Json]:
    return st.just(
        procedure(id=f"procedure-{side}", code=concept(REPLACEMENT), bodySite=[concept(SIDE[side])])
    )


def _stages(side: str) -> st.SearchStrategy[list[tuple[str, Json]]]:
    def made(stage: str, on: str, told: str) -> tuple[str, Json]:
        own = {"id": f"stage-{side}-{on}", "status": "final", "subject": condition()["subject"]}
        own |= {"effectiveDateTime": on, "resourceType": "Observation"}
        if told == "report":
            said = f"ARCO stage {stage} of the {side} femoral head."
            report = {"resourceType": "DiagnosticReport", "code": concept(HIP_FILMS)}
            return "diagnosticReports", {**own, **report, "conclusion": said}
        if told == "words":
            own |= {"code": {"text": f"ARCO stage, {side} hip"}, "valueString": stage}
        else:
            own |= {"code": {"text": "ARCO stage"}, "valueString": stage}
            own |= {"bodySite": concept(HIP_OF[side])}
        return "observations", own

    # No head heals: of two stages the later one is no better.
    drawn = st.lists(st.tuples(st.sampled_from(["I", "II", "IIIA"]), _DAYS), max_size=2)
    told = st.lists(st.sampled_from(["report", "words", "site"]), min_size=2, max_size=2)
    return st.tuples(drawn, told).map(
        lambda both: [
            made(stage, on, how)
            for stage, on, how in zip(
                sorted(stage for stage, _ in both[0]),
                sorted(on for _, on in both[0]),
                both[1],
                strict=False,
            )
        ]
    )


@st.composite
def charts(draw: st.DrawFn) -> Json:
    """Draw a request: one or two hips, each with its films, its stages and its operation."""
    sides = draw(st.sampled_from([("right",), ("left",), SIDES]))
    sent: dict[str, list[Json]] = {"conditions": [], "imagingStudies": [], "procedures": []}
    sent |= {"observations": [], "diagnosticReports": []}
    for side in sides:
        sent["conditions"].append(draw(_conditions(side)))
    for side in SIDES:
        sent["imagingStudies"] += draw(st.lists(_studies(side), max_size=2))
        sent["procedures"] += draw(st.lists(_replacements(side), max_size=1))
        for key, staged in draw(_stages(side)):
            sent[key].append(staged)
    members = prefetch(**{key: bundle(*found) for key, found in sent.items()})
    return order_request(draw(_drafts()), hook="order-select") | {"prefetch": members}


@st.composite
def _drafts(draw: st.DrawFn) -> Json:
    ordered = draw(st.sampled_from([HIP_FILMS, REPLACEMENT, PHYSIOTHERAPY, PREDNISONE]))
    if ordered is not PREDNISONE:
        return order(code=concept(ordered), bodySite=[concept(SIDE[draw(st.sampled_from(SIDES))])])
    drug = {"resourceType": "MedicationRequest", "medicationCodeableConcept": concept(ordered)}
    return order(**drug) | {"code": None}


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A chart, and the same with one part that nobody knows."""

    plain: Json
    spoiled: Json
    place: Place
    part: Part


@st.composite
def spoiled_charts(draw: st.DrawFn) -> Spoiled:
    """Draw a chart in which a code, a system or a status was replaced."""
    plain = draw(charts())
    by_part: dict[Part, list[Place]] = {}
    for place in _places(plain):
        by_part.setdefault(_part_at(plain, place), []).append(place)
    part = draw(st.sampled_from(sorted(by_part)))
    place = draw(st.sampled_from(by_part[part]))
    spoiled = copy.deepcopy(plain)
    *above, last = place
    holder = _at(spoiled, above)
    if isinstance(holder[last], str):
        holder[last] = NOBODYS_CODE
    else:
        holder[last] = draw(_replaced(holder[last]))
    return Spoiled(plain, spoiled, place, part)


def _part_at(request: Json, place: Place) -> Part:
    """Return the type of the resource at a place, and the element of it."""
    above = [_at(request, place[:n]) for n in range(len(place), 0, -1)]
    types = (
        one["resourceType"] for one in above if isinstance(one, dict) and "resourceType" in one
    )
    named = [part for part in place if isinstance(part, str) and part != "coding"]
    return next(types), named[-1]


def _replaced(sent: Json) -> st.SearchStrategy[Json]:
    """Return the coding under a system or with a code that nobody knows, with its words or not."""
    unknown = [
        {"system": NOBODYS_SYSTEM, "code": NOBODYS_CODE},
        {"system": NOBODYS_SYSTEM, "code": sent["code"]},
        {"system": sent["system"], "code": NOBODYS_CODE},
    ]
    return st.sampled_from([*unknown, *(one | {"display": sent["display"]} for one in unknown)])


def _places(request: Json) -> Iterator[Place]:
    """Yield where a coding or a status stands in the prefetch and in the draft orders."""
    waiting: list[Place] = [("prefetch",), ("context", "draftOrders")]
    while waiting:
        place = waiting.pop()
        node = _at(request, place)
        is_status = isinstance(node, str) and place[-1] in STATUSES
        if is_status or (isinstance(node, dict) and {"system", "code"} <= node.keys()):
            yield place
        elif isinstance(node, dict | list):
            keys = node if isinstance(node, dict) else range(len(node))
            waiting += [(*place, key) for key in keys]


def _at(node: Any, place: Sequence[str | int]) -> Any:
    for part in place:
        node = node[part]
    return node
