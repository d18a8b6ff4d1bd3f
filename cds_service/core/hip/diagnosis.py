"""Which hips a chart says have osteonecrosis, and how surely."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Literal, get_args

from msgspec import Struct

from cds_service.core.hip.once import once
from cds_service.core.record import (
    NAMES_OSTEONECROSIS,
    NO_SIDE,
    SIDES,
    Clinical,
    Concept,
    Diagnosis,
    Operation,
    Record,
    Side,
    ValueSetId,
    Verification,
    may_be_of,
)
from cds_service.core.words.text import A_HIP

Strength = Literal["head", "femur", "broader", "possible"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
ProsthesisAnswer = Literal[
    "recorded", "inWords", "unconfirmed", "oneSide", "sideNotRecorded", "jointNotNamed"
]

_WEAKER_ANSWERS: tuple[ProsthesisAnswer, ...] = (
    "inWords",
    "unconfirmed",
    "sideNotRecorded",
    "jointNotNamed",
)


@once
def osteonecrosis_strength(diagnosis: Diagnosis) -> Strength | None:
    """Return how precisely a diagnosis names the femoral head, or None where it does not count.

    A childhood disorder on the same Condition vetoes it. What else speaks against it there (a code
    or a body site elsewhere, or a look-alike such as osteoarthritis coded with a derived ICD code)
    vetoes a code that only names the femur; one that names the head becomes `possible`. Words may
    do all that a body site does, but a code of no named bone is no more than `possible` by them.
    """
    if diagnosis.clinical is Clinical.INACTIVE or diagnosis.verification is Verification.RULED_OUT:
        return None
    coded = coded_sets(diagnosis)
    if coded.isdisjoint(NAMES_OSTEONECROSIS) or _is_juvenile(diagnosis):
        return None
    strength = _coded_strength(diagnosis, coded)
    said = {concept.site_group for concept in diagnosis.sites if concept.is_said}
    if strength in ("femur", "broader") and "femoral-head" in said:
        strength = "head"
    if strength is None and said & A_HIP:
        strength = "possible"
    if strength and "other" in said:
        sites = {concept.site_group for concept in diagnosis.sites}
        return "possible" if strength == "head" or sites & A_HIP else None
    return strength


def _coded_strength(diagnosis: Diagnosis, value_sets: frozenset[str]) -> Strength | None:
    """Return how precisely the codes and the coded body sites name the femoral head."""
    sites = {concept.site_group for concept in diagnosis.sites if not concept.is_said}
    by_site: Strength | None = "possible" if sites & A_HIP else None
    strength = by_site
    if "femoral-head" in sites:
        strength = "head"
    elif ValueSetId.FEMORAL_HEAD in value_sets:
        strength = STRENGTHS[_rank(best_concept(diagnosis))]
    is_elsewhere = ValueSetId.OTHER_SITE in value_sets or "other" in sites
    if not is_elsewhere and ValueSetId.LOOKALIKE not in value_sets:
        return strength
    if strength == "head":
        return "possible"
    return None if is_elsewhere else by_site


def coded_sets(diagnosis: Diagnosis) -> frozenset[str]:
    """Return the value sets that its codes are in; words are none."""
    return frozenset([concept.value_set for concept in diagnosis.codes if not concept.is_said])


def _is_juvenile(diagnosis: Diagnosis) -> bool:
    return ValueSetId.JUVENILE in [concept.value_set for concept in diagnosis.codes]


@once
def hips_with_osteonecrosis(record: Record) -> tuple[Side, ...]:
    """Return the hips to decide on; an unsided entry adds a hip unless both are named already.

    Words without a code name no hip; what they say of a hip that no code names is decided as one
    of unknown side.
    """
    sides = [diagnosis.sides for diagnosis in _counted_diagnoses(record)]
    of_any = NO_SIDE.union(*sides)
    named = [side for side in (Side.RIGHT, Side.LEFT) if side in of_any]
    has_unsided = not all(sides) or record.diagnoses.gap is not None
    has_unsided = has_unsided or any(
        not sides or mention.sides - of_any for mention in record.mentions
    )
    return (*named, Side.UNRECORDED) if has_unsided and len(named) < 2 else tuple(named)


def osteonecrosis_of(record: Record, hip: Side) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of osteonecrosis of one hip: sure ones first, then the most precise."""
    found = _counted_diagnoses(record)
    if hip is Side.UNRECORDED:
        return tuple([diagnosis for diagnosis in found if not diagnosis.sides])
    return tuple([diagnosis for diagnosis in found if hip in diagnosis.sides])


@once
def _counted_diagnoses(record: Record) -> list[Diagnosis]:
    found = [
        (is_doubted(diagnosis), STRENGTHS.index(strength), diagnosis)
        for diagnosis in record.diagnoses.items
        if (strength := osteonecrosis_strength(diagnosis))
    ]
    return [diagnosis for _, _, diagnosis in sorted(found, key=itemgetter(0, 1))]


def is_doubted(diagnosis: Diagnosis) -> bool:
    """Tell whether an entry is provisional, or something of its certainty was not understood."""
    doubts = diagnosis.unread & {"certainty", "status"}
    return diagnosis.verification is Verification.UNCONFIRMED or bool(doubts)


def best_concept(diagnosis: Diagnosis) -> Concept:
    """Return the most precise code that names osteonecrosis."""
    coded = (concept for concept in diagnosis.codes if not concept.is_said)
    return min((c for c in coded if c.value_set in NAMES_OSTEONECROSIS), key=_rank)


def juvenile_disorders(record: Record, hip: Side) -> tuple[Diagnosis, ...]:
    """Return childhood hip disorders of this hip, at any time of life; no side means any hip."""
    return tuple(
        diagnosis
        for diagnosis in record.diagnoses.items
        if diagnosis.verification is not Verification.RULED_OUT
        and _is_juvenile(diagnosis)
        and may_be_of(hip, diagnosis.sides)
    )


@once
def prosthesis_answer(record: Record, hip: Side) -> tuple[ProsthesisAnswer | None, tuple[str, ...]]:
    """Return the strongest statement on a prosthesis of this hip, with the resources behind it.

    Only `recorded` is surely about this hip; the weaker answers name what leaves it open. A hip
    whose own side is not recorded counts as replaced when both hips are.
    """
    statements = _prosthesis_statements(record)
    if not statements:
        return None, ()
    sure = [s for s in statements if s.answer == "recorded"]
    replaced = frozenset(side for statement in sure for side in statement.sides)
    wanted = SIDES if hip is Side.UNRECORDED else frozenset({hip})
    if wanted <= replaced:
        return "recorded", _references(s for s in sure if s.sides & wanted)
    if hip is Side.UNRECORDED and replaced:
        return "oneSide", _references(sure)
    for answer in _WEAKER_ANSWERS:
        found = [s for s in statements if s.answer == answer and (not s.sides or s.sides & wanted)]
        if found:
            return answer, _references(found)
    return None, ()


class _Statement(Struct, frozen=True):
    """What one code, or words, say of a prosthesis; one of an unnamed joint has no side."""

    answer: ProsthesisAnswer
    sides: frozenset[Side]
    reference: str | None


@once
def _prosthesis_statements(record: Record) -> list[_Statement]:
    present = [d for d in record.diagnoses.items if d.verification is not Verification.RULED_OUT]
    conditions = [
        _statement(concept, entry, is_sure=entry.verification is not Verification.UNCONFIRMED)
        for entry in present
        for concept in entry.codes
        if concept.value_set == ValueSetId.PROSTHESIS
    ]
    operations = [
        _statement(concept, operation, is_sure="status" not in operation.unread)
        for operation in record.operations.items
        for concept in operation.codes
        if concept.value_set == ValueSetId.ARTHROPLASTY and concept.role != "removal"
    ]
    return conditions + operations


def _statement(concept: Concept, entry: Diagnosis | Operation, *, is_sure: bool) -> _Statement:
    """Words tell the side of their own prosthesis: the rest may be of the other hip."""
    if concept.is_said:
        return _Statement("inWords", concept.sides, entry.reference)
    if concept.precision == "broader":
        return _Statement("jointNotNamed", NO_SIDE, entry.reference)
    if not is_sure:
        return _Statement("unconfirmed", entry.sides, entry.reference)
    answer: ProsthesisAnswer = "recorded" if entry.sides else "sideNotRecorded"
    return _Statement(answer, entry.sides, entry.reference)


def _references(statements: Iterable[_Statement]) -> tuple[str, ...]:
    found = (statement.reference for statement in statements)
    return tuple(dict.fromkeys(reference for reference in found if reference))


def _rank(concept: Concept) -> int:
    """Return the place among `STRENGTHS` of what a code names."""
    is_named = concept.value_set == ValueSetId.FEMORAL_HEAD
    return STRENGTHS.index(concept.precision or "broader") if is_named else len(STRENGTHS) - 1
