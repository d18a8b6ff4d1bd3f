"""What fhir.resources says of each resource, in plain words and without a value.

The service itself never asks fhir.resources: it reads what it needs from shapes that are not valid.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module

from cds_service.fhir.notes import What
from cds_service.fhir.read.orders import ORDER_TYPES
from cds_service.workbench.doctor.examined import Examined, SentResource
from cds_service.workbench.doctor.findings import Finding
from cds_service.workbench.doctor.printable import counted, kind_of, name_of, type_of

MOST_JUDGED = 500
DSTU2, STU3, R4, R5 = "DSTU2", "STU3", "R4B", "R5"
_MODULES = {R4: "fhir.resources.R4B", STU3: "fhir.resources.STU3", R5: "fhir.resources"}
_NO_JUDGE = "of the shape of DSTU2, for which fhir.resources has no judge; DSTU2 is read"
_REASONS = {
    "extra_forbidden": "FHIR {version} has no such element here",
    "missing": "is required and missing",
    "model_field_validation.missing": "is required and missing",
    "string_pattern_mismatch": "has characters that FHIR does not allow here",
    "string_too_short": "is empty",
}
# The type of a fault is a kind and what is wrong with it: `string_type`, `int_parsing`.
_OF_KIND = re.compile(r"([a-z_]+?)_(?:type|invalid|format|parsing)")
_KINDS = {
    "string": "text",
    "list": "a list",
    "json": "an object",
    "model_validation": "an object",
    "model": "an object",
    "dict": "an object",
    "bool": "true or false",
    "int": "a whole number",
    "decimal": "a number",
}
# What the library says itself may hold a value, so it is put in our words.
_BY_WORDS = {
    "of (one )?field": "lacks an element of which FHIR wants one",
    "date|time": "is not a date as FHIR writes it (2026-05-04)",
}


def validity_findings(case: Examined) -> Iterator[Finding]:
    """Say how many resources are valid, and of each that is not where and why."""
    sent = [
        one for one in case.resources if one.content and type_of(one.content) != "OperationOutcome"
    ]
    older = DSTU2 if any(_is_dstu2(one.content) for one in sent) else STU3
    chart = R5 if case.record.takes_service_requests else older
    judged = sent[:MOST_JUDGED]
    verdicts = [_judge(one.content, chart) for one in judged]
    yield Finding(f"{counted(len(judged), 'resource')} judged by fhir.resources, R4B first")
    if len(sent) > len(judged):
        yield Finding(f"{len(sent) - len(judged)} further resources were not judged")
    for (version, is_valid), n in Counter((v, not found) for v, found in verdicts).items():
        words = f"valid {version}" if is_valid else f"not valid {version}"
        yield Finding(f"{n} {_NO_JUDGE if version == DSTU2 else words}")
    for one, (version, faults) in zip(judged, verdicts, strict=True):
        if faults:
            done = _what_was_done(case, one)
            yield Finding(f"{one.reference} at {one.place}, by {version} -> {done}", faults)


def _judge(content: Mapping[str, object], chart: str) -> tuple[str, tuple[str, ...]]:
    """Return the version that finds less wrong with a resource, R4B or that of the chart, and what.

    DSTU2 has no judge, and what of it is not valid R4B is nearest to STU3.
    """
    version, found = R4, _faults(content, R4)
    if found == ():
        return R4, ()
    others = _faults(content, STU3 if chart == DSTU2 else chart)
    if others is not None and (found is None or len(others) < len(found)):
        version, found = chart, others
    if version == DSTU2 or _is_dstu2(content):
        return DSTU2, ()
    return version, (f"resourceType: FHIR {R4} has no such resource",) if found is None else found


def _is_dstu2(content: Mapping[str, object]) -> bool:
    match content:
        case {"resourceType": "MedicationOrder" | "DiagnosticOrder" | "DeviceUseRequest"}:
            return True
        case {"resourceType": "Condition", **own}:
            return "patient" in own or "dateRecorded" in own
        case {"resourceType": "Procedure", "notPerformed": _}:
            return True
        case {"resourceType": "Patient", "name": [{"family": list()}, *_]}:
            return True
    return False


def _faults(content: Mapping[str, object], version: str) -> tuple[str, ...] | None:
    """Return what a FHIR version finds wrong, as `path: reason`; None where it has no such type."""
    from pydantic import ValidationError  # noqa: PLC0415 (it is slow, and comes with the models)

    try:
        models = import_module(_MODULES[version])
        models.get_fhir_model_class(str(content.get("resourceType"))).model_validate(content)
    except ValidationError as error:
        return tuple(dict.fromkeys(_fault(dict(fault), version) for fault in error.errors()))
    except ValueError:
        return None
    except Exception as error:  # noqa: BLE001 (a library meets whatever a file holds)
        return (f"fhir.resources itself failed on it ({type(error).__name__})",)
    return ()


def _fault(fault: Mapping[str, object], version: str) -> str:
    place = fault.get("loc")
    parts = [part for part in (place if isinstance(place, tuple) else ()) if part != "root"]
    named = (f"[{p}]" if isinstance(p, int) else f".{name_of(str(p))}" for p in parts)
    return f"{''.join(named).lstrip('.') or 'the resource'}: {_reason(fault, version)}"


def _reason(fault: Mapping[str, object], version: str) -> str:
    kind, said = str(fault.get("type")), str(fault.get("msg"))
    if kind in _REASONS:
        return _REASONS[kind].format(version=version)
    wanted = _OF_KIND.fullmatch(kind)
    if wanted and wanted[1] in _KINDS:
        must, sent = _KINDS[wanted[1]], kind_of(fault.get("input"))
        return f"must be {must}, and {sent} was sent" if must != sent else "holds a null"
    known = (words for pattern, words in _BY_WORDS.items() if re.search(pattern, said.lower()))
    return next(known, f"is not valid here ({name_of(kind)})")


def _what_was_done(case: Examined, sent: SentResource) -> str:
    match sent.note.what:
        case What.NOT_READ:
            return f"the service does not read it: it {sent.why_not_read}"
        case What.LEFT:
            return "the service looks at its codes, and reads no more of it: no value set knows one"
        case What.REPEATED:
            return "the service has read it already: one with this id was sent before"
    wanted = {case.knowledge.prefetch_types[key] for key in case.service.prefetch}
    if sent.note.resource_type in wanted | ORDER_TYPES:
        return "the service reads it nevertheless, as far as it needs it"
    return "the service has no use for this type"
