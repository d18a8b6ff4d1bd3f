"""Condition, Observation and DiagnosticReport -> what they say of bone beside a stage.

That bone was lost, by codes, by a T-score or in words; that a necrosis has grown or become worse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cds_service.core.record import (
    ALL_READ,
    NO_SIDE,
    BoneLossKind,
    Diagnosis,
    Part,
    PlanOnFile,
    Remark,
    RemarkBasis,
    Side,
    ValueSetId,
    Verification,
)
from cds_service.core.values import DateRange, Quantity
from cds_service.core.words.changes import BONE_LOSS, Change
from cds_service.fhir.read.status import read_status
from cds_service.fhir.reader import Reader, WordsByElement
from cds_service.fhir.shapes.coding import has_status, words_of
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Component, Resource

T_SCORE: RemarkBasis = "tScore"
# The number of `parameters.yaml` up to which a T-score is osteoporosis.
LIMIT = "osteoporosisTScore"
# FHIR observation-status and diagnostic-report-status.
FINAL = ("final", "amended", "corrected", "appended")
_KINDS: dict[str | None, BoneLossKind] = {
    "osteoporosis": "osteoporosis",
    "osteopenia": "osteopenia",
    "boneDefect": "boneDefect",
}
_SIDE: frozenset[Part] = frozenset({"side"})
_STATUS: frozenset[Part] = frozenset({"status"})


@dataclass(frozen=True, slots=True)
class TextSource:
    """What a resource says of all its texts; the words `beside` tell where they are meant."""

    resource: Resource
    beside: str = ""
    sides: frozenset[Side] = NO_SIDE
    on: DateRange | None = None
    is_about: bool = False
    diagnosis: Diagnosis | None = None
    unread: frozenset[Part] = ALL_READ

    @property
    def unread_status(self) -> frozenset[Part]:
        """Its status where it is a draft, or is not understood."""
        is_entry = self.resource.resource_type == "Condition"
        return ALL_READ if is_entry or has_status(self.resource.status, FINAL) else _STATUS


def remarks_in(source: TextSource, words: WordsByElement, reader: Reader) -> Iterator[Remark]:
    """Yield what the words of an element say."""
    for change in reader.changes(source.resource, words, source.beside):
        yield _remark(source, change)


def _remark(source: TextSource, change: Change) -> Remark:
    own = change.said.sides
    is_open = change.said.is_open or bool(own and source.sides and not own & source.sides)
    sides = (own & source.sides) or own or source.sides
    unread = source.unread - _SIDE if sides else source.unread
    unread |= _SIDE if is_open else ALL_READ
    return Remark(
        reference_to(source.resource),
        change.says,
        sides=NO_SIDE if is_open else sides,
        on=source.on,
        is_more=change.is_more,
        unread=unread | source.unread_status,
    )


def plan_in(source: TextSource, words: WordsByElement, reader: Reader) -> Iterator[PlanOnFile]:
    """Yield the plan for a leg that a value of an observation states."""
    plan = reader.load_plan(words, source.beside)
    if plan:
        said = reader.side_in_words(source.resource, words)
        is_open = said.is_open or bool(said.sides and source.sides and said.sides != source.sides)
        sides = NO_SIDE if is_open else said.sides or source.sides
        unread = source.unread_status | (_SIDE if is_open else source.unread & _SIDE)
        yield PlanOnFile(reference_to(source.resource), plan, sides, source.on, unread)


def remarks_of_entry(
    resource: Resource, diagnosis: Diagnosis | None, reader: Reader
) -> Iterator[Remark]:
    """Yield the bone loss that a Condition codes, else that its words say; both date it."""
    codes = diagnosis.codes if diagnosis else ()
    listed = [c for c in codes if c.value_set == ValueSetId.BONE_LOSS]
    coded = sorted({kind for concept in listed if (kind := _KINDS.get(concept.role))})
    said = () if coded else _bone_loss_said(resource, reader)
    if not coded and not said:
        return
    since = _since(resource)
    status = read_status(resource, reader)
    if status.verification is Verification.UNCONFIRMED:  # what may be is not recorded
        return
    sides, reference = diagnosis.sides if diagnosis else NO_SIDE, reference_to(resource)
    for kind in coded:
        yield Remark(reference, kind, "code", sides, since, unread=status.unread)
    source = TextSource(resource, on=since)
    yield from (replace(_remark(source, change), unread=status.unread) for change in said)


def _bone_loss_said(entry: Resource, reader: Reader) -> tuple[Change, ...]:
    """Return what the texts of an entry say, each read by itself, as its stages are."""
    return reader.once(
        _bone_loss_said,
        (entry.code, entry.note),
        lambda: tuple(
            change
            for words in texts_of_entry(entry)
            for change in reader.changes(entry, words, "")
            if change.says in BONE_LOSS
        ),
    )


def texts_of_entry(entry: Resource) -> Iterator[WordsByElement]:
    """Yield each text of a Condition by the element that it stands in."""
    for element, texts in words_of(entry, "code", "note").items():
        for text in texts:
            yield {element: [text]}


def t_score(source: TextSource, found: Resource | Component, reader: Reader) -> Iterator[Remark]:
    """Yield osteoporosis where a result of bone density is as low as that, or lower."""
    amount = found.value_quantity.value if found.value_quantity else None
    if amount is None:
        return
    codes = reader.concepts_in(source.resource, "code", found.code)
    if any(c.value_set == ValueSetId.BONE_LOSS and c.role == T_SCORE for c in codes):
        limit = reader.knowledge.parameters[LIMIT].value
        if isinstance(limit, Quantity) and amount <= limit.low:
            reference, unread = reference_to(source.resource), source.unread_status
            yield Remark(reference, "osteoporosis", T_SCORE, on=source.on, unread=unread)


def _since(resource: Resource) -> DateRange | None:
    """Return since when an entry holds: its onset or its recording, whichever is earlier."""
    begun = resource.onset_period.start if resource.onset_period else None
    texts = (
        resource.recorded_date,
        resource.asserted_date,
        resource.date_recorded,
        resource.onset_date_time,
        begun,
    )
    dates = [found for text in texts if (found := parse_date(text))]
    return min(dates, key=lambda on: on.latest, default=None)
