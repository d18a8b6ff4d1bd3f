"""Charts that are mixed up, from a grammar of references, bases, shapes and places.

A request is a whole chart of the patient with some strangers in it: resources of another patient,
of nobody knows whom, or about somebody else, and of the patient in the same places. The ids of what
must never be used begin with `stranger-`, those of the patient's own with `own-`.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.fhir.builders import (
    BASE,
    FILM,
    HIP,
    HIP_FILMS,
    ICD10CM,
    PATIENT_ID,
    SUBJECT,
    URN,
    Json,
    bundle,
    concept,
    condition,
    hook_request,
    order,
    order_request,
    patient,
    prefetch,
    procedure,
    study,
    without,
)

ELSEWHERE = "https://other.example/fhir"
ID = PATIENT_ID
STRANGERS_BIRTH = date(1950, 2, 3)
# What is in the record, or on a card, where something was used that is not the patient's.
STRANGERS_MARKS = ("stranger-", repr(STRANGERS_BIRTH), "'24762-7'")
NOBODYS_URN = "urn:uuid:00000000-0000-4000-8000-000000000001"

Whose = str
OURS, ANOTHERS, UNCLEAR, ABOUT_ANOTHER = "ours", "another's", "unclear", "about another"
WHOSE = (OURS, ANOTHERS, UNCLEAR, ABOUT_ANOTHER)


def _to(*references: str) -> tuple[Json, ...]:
    return tuple({"reference": reference} for reference in references)


# How the patient is named: everywhere, and where the base is known.
_OURS = (
    *_to(f"Patient/{ID}", f"Patient/{ID}/_history/2", ID),
    {"reference": f"Patient/{ID}", "type": "Patient", "display": "Test, Patient"},
)
_OURS_ON_BASE = _to(
    f"{BASE}/Patient/{ID}",
    f"{BASE}/Patient/{ID}/_history/7",
    f"HTTPS://EHR.example.org:443/fhir/r4/Patient/{ID}",
)
_ANOTHERS: tuple[Any, ...] = (
    *_to("Patient/2", f"Patient/{ID}x", f"Patient/x{ID}", f"Patient/{ID.upper()}"),
    *_to("Patient/2/_history/3", f"Patient/2/_history/{ID}", f"{BASE}/Patient/2"),
    *_to(f"{ELSEWHERE}/Patient/2", f"{BASE}/Patient/2/_history/{ID}", f"Patient/{ID}/Patient/2"),
    {"reference": "Patient/2", "type": "Group"},
    {"reference": "Patient/2", "type": 5},
    {"reference": ["Patient/2"]},
    {"reference": {"reference": "Patient/2"}},
    "Patient/2",
    ["Patient/2"],
    [SUBJECT, {"reference": "Patient/2"}],
    [[{"reference": "Patient/2"}]],
)
_UNCLEAR: tuple[Any, ...] = (
    *_to(f"{ELSEWHERE}/Patient/{ID}", f"{ELSEWHERE}/Patient/{ID}/_history/1"),
    *_to(f"{BASE}/x/Patient/{ID}", f"http://ehr.example.org/fhir/r4/Patient/{ID}"),
    *_to(f"https://ehr.example.org/fhir/Patient/{ID}", f"{BASE}//Patient/{ID}"),
    *_to(f"https://ehr.example.org:8443/fhir/r4/Patient/{ID}", f"{BASE}/../r4/Patient/{ID}"),
    *_to(f"https://ehr.example.org@other.example/fhir/r4/Patient/{ID}", f"/Patient/{ID}"),
    *_to(f"//ehr.example.org/fhir/r4/Patient/{ID}", f"Group/1/Patient/{ID}"),
    *_to(f"Patient/2/Patient/{ID}", f"Patient/2?x=/Patient/{ID}", f"Patient/2#/Patient/{ID}"),
    *_to(f"{BASE}/Patient/2?x=/Patient/{ID}", f"Patient/{ID}?_format=json", f"Patient/{ID}/"),
    *_to(f"Patient?identifier=urn:x|{ID}", f"Patient/{ID.replace('z', '%7A', 1)}", f"Group/{ID}"),
    *_to(f"Patient/{ID}/_history/..", f"patient/{ID}", "#p", "#", "", NOBODYS_URN, f"urn:oid:{ID}"),
    {},
    {"identifier": {"value": ID}},
    {"display": "Test, Patient"},
    {"reference": ID, "type": "Group"},
    {"reference": 5},
    f"Patient/{ID}",
    [SUBJECT],
    5,
)
FORMS = {OURS: _OURS + _OURS_ON_BASE, ANOTHERS: _ANOTHERS, UNCLEAR: _UNCLEAR + _OURS_ON_BASE}
_SOMEBODY = _to("RelatedPerson/child", "Patient/donor", "Group/1", "Device/1")


def _stage(**members: Any) -> Json:
    coded = {"code": {"text": "ARCO stage of the left hip"}, "valueString": "IV"}
    return {"resourceType": "Observation", "status": "final"} | coded | members


def _report(**members: Any) -> Json:
    said = {"code": {"text": "XR HIPS"}, "conclusion": "ARCO stage IV, left hip."}
    return {"resourceType": "DiagnosticReport", "status": "final"} | said | members


LEFT_FEMUR = concept({"system": ICD10CM, "code": "M87.052"})
KINDS: dict[str, Callable[..., Json]] = {
    "Condition": lambda **m: condition(code=LEFT_FEMUR, **m),
    "Condition in words": lambda **m: condition(code={"text": "AVN of left femoral head"}, **m),
    "ImagingStudy": lambda **m: study(started="2026-10-20", **m),
    "Procedure": procedure,
    "Observation": _stage,
    "DiagnosticReport": _report,
    "order": order,
    "Condition of DSTU2": lambda **m: _of_dstu2(
        condition(code=LEFT_FEMUR, clinicalStatus="active", verificationStatus="confirmed", **m)
    ),
    "ImagingStudy of DSTU2": lambda **m: _of_dstu2(study(**m)),
    "ImagingStudy of R5": lambda **m: study(
        series=[{"modality": concept(FILM), "bodySite": {"concept": concept(HIP)}}], **m
    ),
    "MedicationOrder": lambda **m: _of_dstu2({"resourceType": "MedicationOrder", **m}),
    "Task": lambda **m: {
        "resourceType": "Task",
        "description": "Physiotherapy",
        "for": m["subject"],
        **without(m, "subject"),
    },
}


def _of_dstu2(resource: Json) -> Json:
    return without(resource, "subject") | {"patient": resource["subject"]}


def _holder(inner: Any) -> Json:
    return condition(id="own-holder", subject=SUBJECT, contained=inner)


def _parameters(**members: Any) -> Json:
    return {"resourceType": "Parameters", "parameter": [{"name": "x", **members}]}


def _entry(resource: Json) -> Json:
    return bundle(entry=[{"fullUrl": NOBODYS_URN, "resource": resource}])


def _patient(whose: Whose) -> Json:
    """Return the patient, another, or one of whom nobody knows who it is."""
    if whose == UNCLEAR:
        return without(patient(birthDate=str(STRANGERS_BIRTH)), "id")
    return patient(id="2", birthDate=str(STRANGERS_BIRTH)) if whose == ANOTHERS else patient()


# Where a resource may stand in a prefetch. `READ`: what is the patient's there is read.
READ: dict[str, Callable[[Json], Any]] = {
    "alone": lambda one: one,
    "in a list": lambda one: [None, one],
    "in a Bundle": bundle,
    "in a Bundle after ours": lambda one: bundle(condition(id="own-c"), one),
    "in a Bundle in a Bundle": lambda one: bundle(bundle(one)),
    "in a Bundle in a Bundle in a list": lambda one: [bundle(bundle(one))],
    "in an untyped Bundle": lambda one: without(bundle(one), "resourceType"),
    "in a wrapper": lambda one: {"response": {"status": "200 OK"}, "resource": one},
    "in a wrapper of a Bundle": lambda one: {"resource": bundle(one)},
    "in a Bundle under a URN": _entry,
}
LOOKED_AT: dict[str, Callable[[Json], Any]] = {
    "in a wrapper in a Bundle": lambda one: bundle({"resource": one}),
    "contained": lambda one: _holder([one]),
    "contained in a list of two": lambda one: bundle(_holder([patient(id="p"), one])),
    "contained, no list": _holder,
    "contained in what is contained": lambda one: _holder([{"contained": [one]}]),
    "in a contained Bundle": lambda one: bundle(_holder([bundle(one)])),
    "in Parameters": lambda one: _parameters(resource=one),
    "in a part of Parameters": lambda one: bundle(_parameters(part=[{"resource": one}])),
    "without a type": lambda one: bundle(without(one, "resourceType")),
    "in an odd shape": lambda one: bundle(one | {"onsetDateTime": [1], "started": [1]}),
}
READ_DRAFTS: dict[str, Callable[[Json], Any]] = {
    "a draft": bundle,
    "a second draft": lambda one: bundle(order(id="own-draft"), one),
    "a draft in a Bundle": lambda one: bundle(bundle(one)),
    "a draft in a Bundle in a Bundle": lambda one: bundle(
        order(id="own-draft"), bundle(bundle(one))
    ),
    "a draft in a list": lambda one: [one],
    "a draft in a Bundle in a list": lambda one: [bundle(one)],
    "a draft in a wrapper": lambda one: {"response": {"status": "200"}, "resource": bundle(one)},
    "contained in a draft": lambda one: bundle(order(id="own-draft", contained=[one])),
    "contained in a plan": lambda one: bundle(
        {"resourceType": "CarePlan", "id": "own-plan", "subject": SUBJECT, "contained": [one]}
    ),
}
LOOKED_AT_DRAFTS: dict[str, Callable[[Json], Any]] = {
    "in Parameters among the drafts": lambda one: bundle(_parameters(resource=one)),
}
BESIDE = "in a Bundle beside its Patient"
DRAFT_PLACES = READ_DRAFTS | LOOKED_AT_DRAFTS
PLACES = READ | LOOKED_AT | DRAFT_PLACES
PREFETCH_PLACES = (*READ, *LOOKED_AT, BESIDE)
DRAFTED = ("order", "MedicationOrder", "Task")
PREFETCHED = [kind for kind in KINDS if kind not in DRAFTED]
BASES = ("none", "fhirServer", "registered", "of the Patient", "fhirServer and registered")


@dataclass(frozen=True)
class Stranger:
    """One resource that was put into a chart."""

    whose: Whose
    kind: str
    place: str
    form: str


@dataclass(frozen=True)
class Mixed:
    """A request, the servers that its client registered, and what was put into it."""

    request: Json
    registered: tuple[str, ...] = ()
    base: str = "none"
    strangers: tuple[Stranger, ...] = ()

    @property
    def body(self) -> bytes:
        """The request as it is sent."""
        return json.dumps(self.request).encode()

    @property
    def surely_read(self) -> Iterator[int]:
        """Yield the numbers of those that are the patient's and must be read where they stand.

        A Patient under two URLs leaves open on which base the patient stands.
        """
        is_on_two = self.base == "of the Patient" and any(s.place == BESIDE for s in self.strangers)
        for number, each in enumerate(self.strangers):
            is_read = each.place in (*READ, BESIDE) and each.kind in PREFETCHED
            if each.whose == OURS and is_read and not is_on_two:
                yield number

    def has(self, whose: Whose) -> bool:
        """Tell whether something of somebody is in it."""
        return any(stranger.whose == whose for stranger in self.strangers)


@dataclass
class Mixer:
    """Makes requests; the same seed makes the same."""

    seed: int
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def mixed(self) -> Mixed:
        """Return a chart with strangers; every third has none but the patient's own."""
        base = self.chance.choice(BASES)
        allowed = (OURS,) if self.seed % 3 == 0 else WHOSE
        request, registered = self._chart(base)
        strangers = tuple(
            self._put(request, base, self.chance.choice(allowed), number)
            for number in range(self.chance.randint(1, 3))
        )
        return Mixed(request, registered, base, strangers)

    def _chart(self, base: str) -> tuple[Json, tuple[str, ...]]:
        own = prefetch(
            conditions=bundle(condition(id="own-c")), imagingStudies=bundle(study(id="own-s"))
        )
        if base == "of the Patient":
            entry = {"fullUrl": f"{BASE}/Patient/{ID}", "resource": patient()}
            own["patient"] = bundle(entry=[entry])
        request = (
            order_request(order(id="own-draft")) if self.chance.random() < 0.5 else hook_request()
        )
        request |= {"prefetch": own}
        if base.startswith("fhirServer"):
            request["fhirServer"] = f"{BASE}/"
        return request, (BASE,) if base.endswith("registered") else ()

    def _put(self, request: Json, base: str, whose: Whose, number: int) -> Stranger:
        is_draft = request["hook"] == "order-select" and not number and self.chance.random() < 0.5
        subject, choose = self._subject(base, whose), self.chance.choice
        place = choose(list(DRAFT_PLACES if is_draft else PREFETCH_PLACES))
        kind = choose(DRAFTED if is_draft else list(KINDS))
        if place == BESIDE:
            subject = {"reference": URN}
        resource = KINDS[kind](
            id=f"{'own' if whose == OURS else 'stranger'}-{number}", subject=subject
        )
        if kind == "order" and whose != OURS:
            resource["code"] = concept(HIP_FILMS)
        if whose == ABOUT_ANOTHER:
            resource["focus"] = [choose(_SOMEBODY)]
        if is_draft:
            request["context"]["draftOrders"] = DRAFT_PLACES[place](resource)
        elif place == BESIDE:
            its = [{"fullUrl": URN, "resource": _patient(whose)}, {"resource": resource}]
            request["prefetch"][f"zz{number}"] = bundle(entry=its)
        else:
            request["prefetch"][f"zz{number}"] = PLACES[place](resource)
        return Stranger(whose, kind, place, json.dumps(subject))

    def _subject(self, base: str, whose: Whose) -> Any:
        if whose == ANOTHERS:
            return self.chance.choice(_ANOTHERS)
        if whose == UNCLEAR:
            return self.chance.choice(_UNCLEAR if base != "none" else _UNCLEAR + _OURS_ON_BASE)
        return self.chance.choice(_OURS if base == "none" else _OURS + _OURS_ON_BASE)


def mixed_requests(count: int) -> Iterator[Mixed]:
    """Yield so many requests."""
    return (Mixer(seed).mixed() for seed in range(count))
