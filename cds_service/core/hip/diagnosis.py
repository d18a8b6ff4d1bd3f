"""Which hips a chart says have osteonecrosis, and how surely."""

from collections.abc import Iterable
from dataclasses import dataclass

from cds_service.core.record import (
    ARTHROPLASTY,
    FEMORAL_HEAD,
    JUVENILE,
    LOOKALIKE,
    OTHER_SITE,
    POSSIBLE,
    PROSTHESIS,
    SIDES,
    Clinical,
    Concept,
    Diagnosis,
    Record,
    Side,
    Verification,
)

STRENGTHS = ("head", "femur", "broader", "possible")
PROSTHESIS_ANSWERS = ("recorded", "unconfirmed", "oneSide", "sideNotRecorded", "jointNotNamed")


def osteonecrosis_strength(diagnosis: Diagnosis) -> str | None:
    """Return how precisely a diagnosis names the femoral head, or None where it does not count.

    A childhood disorder on the same Condition vetoes it. What else speaks against it there (a code
    or a body site elsewhere, or a look-alike such as osteoarthritis coded with a derived ICD code)
    vetoes a code that only names the femur; one that names the head becomes `possible`.
    """
    if _is_absent(diagnosis):
        return None
    value_sets = {concept.value_set for concept in diagnosis.codes}
    site_groups = {concept.site_group for concept in diagnosis.sites}
    if JUVENILE in value_sets or not value_sets & {FEMORAL_HEAD, POSSIBLE}:
        return None
    strength = _strength(diagnosis, value_sets, site_groups)
    if not value_sets & {OTHER_SITE, LOOKALIKE} and "other" not in site_groups:
        return strength
    if strength == "head":
        return "possible"
    is_elsewhere = OTHER_SITE in value_sets or "other" in site_groups
    return None if is_elsewhere else _strength_by_site(site_groups)


def hips_with_osteonecrosis(record: Record) -> tuple[Side, ...]:
    """Return the hips to decide on; an unsided entry adds a hip unless both are named already.

    Words without a code name no hip; where there is nothing else, they are decided as one.
    """
    sides = [d.sides for d in record.diagnoses.items if osteonecrosis_strength(d)]
    named = [side for side in (Side.RIGHT, Side.LEFT) if any(side in found for found in sides)]
    has_unsided = any(not found for found in sides) or record.diagnoses.gap is not None
    has_unsided = has_unsided or (not sides and bool(record.mentions))
    return (*named, Side.UNRECORDED) if has_unsided and len(named) < 2 else tuple(named)


def osteonecrosis_of(record: Record, hip: Side) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of osteonecrosis of one hip: sure ones first, then the most precise."""
    found = [
        (diagnosis.verification is Verification.UNCONFIRMED, STRENGTHS.index(strength), diagnosis)
        for diagnosis in record.diagnoses.items
        if (strength := osteonecrosis_strength(diagnosis)) and _is_of(hip, diagnosis.sides)
    ]
    return tuple(diagnosis for _, _, diagnosis in sorted(found, key=lambda item: item[:2]))


def best_concept(diagnosis: Diagnosis) -> Concept:
    """Return the most precise code that names osteonecrosis."""
    candidates = [c for c in diagnosis.codes if c.value_set in (FEMORAL_HEAD, POSSIBLE)]
    return min(candidates, key=_precision_rank)


def juvenile_disorders(record: Record, hip: Side) -> tuple[Diagnosis, ...]:
    """Return childhood hip disorders of this hip, at any time of life; no side means any hip."""
    return tuple(
        diagnosis
        for diagnosis in record.diagnoses.items
        if diagnosis.verification is not Verification.RULED_OUT
        and any(concept.value_set == JUVENILE for concept in diagnosis.codes)
        and (hip is Side.UNRECORDED or not diagnosis.sides or hip in diagnosis.sides)
    )


def prosthesis_answer(record: Record, hip: Side) -> tuple[str | None, tuple[str, ...]]:
    """Return the strongest statement on a prosthesis of this hip, with the resources behind it.

    Only `recorded` is surely about this hip; the weaker answers name what leaves it open. A hip
    whose own side is not recorded counts as replaced when both hips are.
    """
    statements = [*_prosthesis_conditions(record), *_prosthesis_operations(record)]
    sure = [s for s in statements if s.answer == "recorded"]
    replaced = frozenset(side for statement in sure for side in statement.sides)
    wanted = SIDES if hip is Side.UNRECORDED else frozenset({hip})
    if wanted <= replaced:
        return "recorded", _references(s for s in sure if s.sides & wanted)
    if hip is Side.UNRECORDED and replaced:
        return "oneSide", _references(s for s in sure if s.sides)
    for answer in PROSTHESIS_ANSWERS[1:]:
        found = [s for s in statements if s.answer == answer and (not s.sides or s.sides & wanted)]
        if found:
            return answer, _references(found)
    return None, ()


@dataclass(frozen=True, slots=True)
class _Statement:
    answer: str
    sides: frozenset[Side]
    reference: str | None


def _prosthesis_conditions(record: Record) -> list[_Statement]:
    return [
        _statement(concept, diagnosis.sides, diagnosis.reference, diagnosis.verification)
        for diagnosis in record.diagnoses.items
        if diagnosis.verification is not Verification.RULED_OUT
        for concept in diagnosis.codes
        if concept.value_set == PROSTHESIS
    ]


def _prosthesis_operations(record: Record) -> list[_Statement]:
    return [
        _statement(concept, operation.sides, operation.reference, Verification.CONFIRMED)
        for operation in record.operations.items
        for concept in operation.codes
        if concept.value_set == ARTHROPLASTY and concept.role != "removal"
    ]


def _statement(
    concept: Concept,
    sides: frozenset[Side],
    reference: str | None,
    verification: Verification,
) -> _Statement:
    if concept.precision == "broader":
        return _Statement("jointNotNamed", frozenset(), reference)
    if verification is Verification.UNCONFIRMED:
        return _Statement("unconfirmed", sides, reference)
    return _Statement("recorded" if sides else "sideNotRecorded", sides, reference)


def _references(statements: Iterable[_Statement]) -> tuple[str, ...]:
    found = (statement.reference for statement in statements)
    return tuple(dict.fromkeys(reference for reference in found if reference))


def _is_absent(diagnosis: Diagnosis) -> bool:
    return (
        diagnosis.clinical is Clinical.INACTIVE or diagnosis.verification is Verification.RULED_OUT
    )


def _is_of(hip: Side, sides: frozenset[Side]) -> bool:
    return not sides if hip is Side.UNRECORDED else hip in sides


def _best_precision(codes: tuple[Concept, ...]) -> str:
    named = [concept for concept in codes if concept.value_set == FEMORAL_HEAD]
    return min(named, key=_precision_rank).precision or "broader"


def _precision_rank(concept: Concept) -> int:
    is_named = concept.value_set == FEMORAL_HEAD
    return STRENGTHS.index(concept.precision or "broader") if is_named else len(STRENGTHS)


def _strength(
    diagnosis: Diagnosis, value_sets: set[str], site_groups: set[str | None]
) -> str | None:
    if "femoral-head" in site_groups:
        return "head"
    if FEMORAL_HEAD in value_sets:
        return _best_precision(diagnosis.codes)
    return _strength_by_site(site_groups)


def _strength_by_site(site_groups: set[str | None]) -> str | None:
    return "possible" if site_groups & {"hip", "femoral-head"} else None
