"""Which hips a chart says have osteonecrosis, and how surely; refuses to know dates and cards."""

from cds_service.core.record import (
    ARTHROPLASTY,
    FEMORAL_HEAD,
    JUVENILE,
    LOOKALIKE,
    OTHER_SITE,
    POSSIBLE,
    PROSTHESIS,
    Clinical,
    Concept,
    Diagnosis,
    Record,
    Side,
    Verification,
)

STRENGTHS = ("head", "femur", "broader", "possible")
PROSTHESIS_ANSWERS = ("recorded", "sideNotRecorded", "jointNotNamed")


def osteonecrosis_strength(diagnosis: Diagnosis) -> str | None:
    """Return how precisely a diagnosis names the femoral head, or None where it does not count.

    A code of another site, of a childhood disorder, or a body site away from the hip on the same
    Condition vetoes it; a look-alike (osteoarthritis coded with a derived ICD code) makes it
    need a body site, as a code that names no bone does.
    """
    if _is_absent(diagnosis):
        return None
    value_sets = {concept.value_set for concept in diagnosis.codes}
    site_groups = {concept.site_group for concept in diagnosis.sites}
    if value_sets & {OTHER_SITE, JUVENILE} or "other" in site_groups:
        return None
    if FEMORAL_HEAD in value_sets and LOOKALIKE not in value_sets:
        return "head" if "femoral-head" in site_groups else _best_precision(diagnosis.codes)
    if value_sets & {FEMORAL_HEAD, POSSIBLE}:
        return _strength_by_site(site_groups, is_doubted=LOOKALIKE in value_sets)
    return None


def hips_with_osteonecrosis(record: Record) -> tuple[Side, ...]:
    """Return the hips to decide on; an unsided entry adds a hip unless both are named already."""
    sides = [d.sides for d in record.diagnoses.items if osteonecrosis_strength(d)]
    named = [side for side in (Side.RIGHT, Side.LEFT) if any(side in found for found in sides)]
    has_unsided = any(not found for found in sides) or record.diagnoses.gap is not None
    return (*named, Side.UNRECORDED) if has_unsided and len(named) < 2 else tuple(named)


def osteonecrosis_of(record: Record, hip: Side) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of osteonecrosis of one hip, the most precise first."""
    found = [
        (STRENGTHS.index(strength), diagnosis)
        for diagnosis in record.diagnoses.items
        if (strength := osteonecrosis_strength(diagnosis)) and _is_of(hip, diagnosis.sides)
    ]
    return tuple(diagnosis for _, diagnosis in sorted(found, key=lambda pair: pair[0]))


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

    Only `recorded` is about this hip; the weaker answers name what leaves the side open. A hip
    whose own side is not recorded counts as replaced when both hips are.
    """
    statements = [*_prosthesis_conditions(record), *_prosthesis_operations(record)]
    replaced = frozenset(side for _, sides, _ in statements for side in sides)
    wanted = frozenset({Side.RIGHT, Side.LEFT}) if hip is Side.UNRECORDED else frozenset({hip})
    if wanted <= replaced:
        return "recorded", tuple(ref for _, sides, ref in statements if ref and sides & wanted)
    for answer in PROSTHESIS_ANSWERS[1:]:
        references = [ref for said, sides, ref in statements if said == answer and not sides]
        if references:
            return answer, tuple(ref for ref in references if ref)
    return None, ()


_Statement = tuple[str, frozenset[Side], str | None]


def _prosthesis_conditions(record: Record) -> list[_Statement]:
    return [
        _statement(concept, diagnosis.sides, diagnosis.reference)
        for diagnosis in record.diagnoses.items
        if diagnosis.verification is not Verification.RULED_OUT
        for concept in diagnosis.codes
        if concept.value_set == PROSTHESIS
    ]


def _prosthesis_operations(record: Record) -> list[_Statement]:
    return [
        _statement(concept, operation.sides, operation.reference)
        for operation in record.operations.items
        for concept in operation.codes
        if concept.value_set == ARTHROPLASTY and concept.role != "removal"
    ]


def _statement(concept: Concept, sides: frozenset[Side], reference: str | None) -> _Statement:
    if concept.precision == "broader":
        return "jointNotNamed", frozenset(), reference
    return "sideNotRecorded", sides, reference


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


def _strength_by_site(site_groups: set[str | None], *, is_doubted: bool) -> str | None:
    if "femoral-head" in site_groups:
        return "possible" if is_doubted else "head"
    return "possible" if "hip" in site_groups else None
