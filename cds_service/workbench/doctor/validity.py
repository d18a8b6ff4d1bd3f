"""What fhir.resources says of each resource, in plain words and without a value.

The service itself never asks fhir.resources: it reads what it needs from shapes that are not valid.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from cds_service.fhir.notes import Note, What
from cds_service.fhir.read.orders import ORDER_TYPES
from cds_service.workbench.doctor.examined import Examined, path_of
from cds_service.workbench.doctor.fhir_versions import (
    DSTU2,
    R4,
    R5,
    STU3,
    marks_of_all,
    version_of,
)
from cds_service.workbench.doctor.printable import (
    bounded,
    counted,
    kind_of,
    name_of,
    reference_of,
    type_of,
)

MOST_JUDGED = 500
MOST_FAULTS = 6
NOT_A_TYPE = "resourceType: FHIR {version} has no such resource"
_REASONS = {
    "extra_forbidden": "FHIR {version} has no such element here",
    "model_field_validation.missing": "is required and missing",
    "missing": "is required and missing",
    "string_type": "must be text",
    "list_type": "must be a list",
    "json_invalid": "must be an object",
    "model_validation_format": "must be an object",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "string_pattern_mismatch": "has characters that FHIR does not allow here",
    "string_too_short": "is empty",
}
_OF_KIND = ("_type", "_invalid", "_format", "_parsing")


class _Model(Protocol):
    @classmethod
    def model_validate(cls, obj: object) -> object:
        """Raise where an object is not valid."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The version a resource was judged by, if there is a judge for it, and what was found."""

    note: Note
    version: str
    faults: tuple[str, ...]
    is_judged: bool = True


def validity_section(case: Examined) -> list[str]:
    """Return the section on FHIR validity."""
    resources = [
        (note, content)
        for note in case.resources
        if (content := case.content(note)) and type_of(content) != "OperationOutcome"
    ]
    if not resources:
        return ["  there is no resource to judge"]
    everywhere = marks_of_all(content for _, content in resources)
    verdicts = [_judge(note, content, everywhere) for note, content in resources[:MOST_JUDGED]]
    lines = list(_summary(verdicts))
    if len(resources) > MOST_JUDGED:
        lines.append(f"  {len(resources) - MOST_JUDGED} further resources were not judged")
    blocks = ["\n".join(_verdict_lines(case, verdict)) for verdict in verdicts if verdict.faults]
    return lines + list(bounded(blocks))


def faults_of(content: Mapping[str, object], version: str) -> tuple[str, ...]:
    """Return what a FHIR version finds wrong with a resource, as `path: reason`."""
    from pydantic import ValidationError  # noqa: PLC0415 (it is slow, and comes with the models)

    resource_type = content.get("resourceType")
    try:
        _model(version, str(resource_type)).model_validate(content)
    except ValidationError as error:
        return tuple(dict.fromkeys(_fault(dict(fault), version) for fault in error.errors()))
    except ValueError:
        return (NOT_A_TYPE.format(version=version),)
    except Exception as error:  # noqa: BLE001 (a library meets whatever a file holds)
        return (f"fhir.resources itself failed on it ({type(error).__name__})",)
    return ()


def _judge(note: Note, content: Mapping[str, object], everywhere: Counter[str]) -> Verdict:
    faults = faults_of(content, R4)
    other = version_of(content, everywhere) if faults else None
    if other == DSTU2:
        return Verdict(note, DSTU2, (), is_judged=False)
    others = faults_of(content, other) if other else faults
    if other and len(others) <= len(faults):
        return Verdict(note, other, others)
    return Verdict(note, R4, faults)


def _model(version: str, resource_type: str) -> type[_Model]:
    if version == STU3:
        from fhir.resources.STU3 import get_fhir_model_class  # noqa: PLC0415 (it is slow)
    elif version == R5:
        from fhir.resources import get_fhir_model_class  # noqa: PLC0415
    else:
        from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415
    model: type[_Model] = get_fhir_model_class(resource_type)
    return model


def _fault(fault: Mapping[str, object], version: str) -> str:
    place = fault.get("loc")
    path = _path(place if isinstance(place, tuple) else ())
    kind = str(fault.get("type"))
    reason = _REASONS.get(kind, "").format(version=version) or _other_reason(fault)
    if kind in _REASONS and kind.endswith(_OF_KIND):
        reason = f"{reason}, and {kind_of(fault.get('input'))} was sent"
    return f"{path}: {reason}"


def _other_reason(fault: Mapping[str, object]) -> str:
    """Put the library's own words plainly; they are not printed, since they may hold a value."""
    words = str(fault.get("msg")).lower()
    if "date" in words or "time" in words:
        return "is not a date as FHIR writes it (2026-05-04)"
    if "any of one field" in words or "expect any of field" in words:
        return "lacks an element of which FHIR wants one"
    if "list" in words or "array" in words:
        return "must be a list, or is one that must not be empty"
    return f"is not valid here ({name_of(str(fault.get('type')))})"


def _path(place: tuple[object, ...]) -> str:
    path = ""
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "root":
            path += f".{name_of(str(part))}"
    return path.lstrip(".") or "the resource"


def _summary(verdicts: list[Verdict]) -> Iterator[str]:
    valid = Counter(v.version for v in verdicts if v.is_judged and not v.faults)
    invalid = Counter(v.version for v in verdicts if v.faults)
    old = sum(not v.is_judged for v in verdicts)
    yield f"  {counted(len(verdicts), 'resource')} judged by fhir.resources, R4B first"
    yield from (f"  {n} valid {version}" for version, n in sorted(valid.items()))
    yield from (f"  {n} not valid {version}:" for version, n in sorted(invalid.items()))
    if old:
        yield f"  {old} of the shape of DSTU2, for which fhir.resources has no judge; DSTU2 is read"


def _verdict_lines(case: Examined, verdict: Verdict) -> Iterator[str]:
    note = verdict.note
    yield f"  {reference_of(case.content(note))} at {path_of(note)}, by {verdict.version}"
    yield from (f"    {line}" for line in bounded(verdict.faults, MOST_FAULTS))
    yield f"    -> {_what_was_done(case, note)}"


def _what_was_done(case: Examined, note: Note) -> str:
    match note.what:
        case What.NOT_READ:
            return f"the service does not read it: it {case.why_not_read(note)}"
        case What.LEFT:
            return "the service looks at its codes, and reads no more of it: no value set knows one"
        case What.REPEATED:
            return "the service has read it already: one with this id was sent before"
        case _ if note.resource_type in {*case.wanted, *ORDER_TYPES}:
            return "the service reads it nevertheless, as far as it needs it"
    return "the service has no use for this type"
