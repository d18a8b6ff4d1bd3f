"""Condition -> Diagnosis, Mention or nothing understood; Procedure -> Operation: DSTU2 to R5."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cds_service.core.record import (
    ALL_READ,
    NO_SIDE,
    SIDES,
    WORDS,
    Clinical,
    Concept,
    ConditionRead,
    Diagnosis,
    Mention,
    NotUnderstood,
    Operation,
    Part,
    Purpose,
    Side,
    ValueSetId,
    Verification,
)
from cds_service.core.values import DateRange
from cds_service.core.words.diagnoses.reading import (
    EntryFinding,
    EntryWords,
    Told,
    prostheses_in,
    told_of,
)
from cds_service.core.words.diagnoses.states import State
from cds_service.core.words.sides.said import SidesSaid, together
from cds_service.core.words.text import A_HIP, ELSEWHERE
from cds_service.core.words.topics import Topic
from cds_service.fhir.read.drafts import codings_under, references_under, words_under
from cds_service.fhir.read.status import CONDITION_STATUS, Status, read_status
from cds_service.fhir.reader import NOTHING, Reader, Understood
from cds_service.fhir.shapes.coding import has_status, of_value_set
from cds_service.fhir.shapes.dates import date_of, parse_date
from cds_service.fhir.shapes.references import reference_to
from cds_service.fhir.shapes.resources import Resource

ASIDE = (ValueSetId.BODY_SITE, ValueSetId.LATERALITY, CONDITION_STATUS)
NECROSES = frozenset({ValueSetId.FEMORAL_HEAD, ValueSetId.POSSIBLE})
PROSTHESES = frozenset({ValueSetId.PROSTHESIS, ValueSetId.ARTHROPLASTY})
# What of a code system's name is shown to people.
_PRINTABLE = re.compile(r"[A-Za-z0-9:/._#?=&|~%+-]{1,120}")
# FHIR event-status.
_DONE = frozenset({"completed", "in-progress", "unknown"})
_NOT_DONE = frozenset(
    {
        "entered-in-error",
        "not-done",
        "preparation",
        "aborted",
        "stopped",
        "suspended",
        "on-hold",
    }
)


class _EntrySaid(NamedTuple):
    """What a resource says: its listed codes, codes of ours under a system of others', its words.

    `site` is what its body site says, `words` stand in the order of the texts of both.
    """

    code: Understood
    codes: tuple[Concept, ...] = ()
    near: tuple[Concept, ...] = ()
    site: Understood = NOTHING
    words: tuple[EntryWords, ...] = ()

    @property
    def is_mute(self) -> bool:
        """Whether nothing was understood of it: no words, and a code that nobody knows."""
        return not self.codes and self.code.is_unread and not self.code.words


class _ConditionSaid(NamedTuple):
    """What code and body site of a Condition say, whatever its status and its dates.

    `unread` is what of the place was not understood. `mentioned` are the sides of which its words
    name osteonecrosis of the head without a code, None where they name none; `under` is the system
    of others under which a code of ours was sent.
    """

    is_mute: bool
    codes: tuple[Concept, ...] = ()
    sites: tuple[Concept, ...] = ()
    sides: frozenset[Side] = NO_SIDE
    unread: frozenset[Part] = ALL_READ
    state: State | None = None
    mentioned: frozenset[Side] | None = None
    under: str | None = None


def read_condition(resource: Resource, reader: Reader) -> tuple[ConditionRead, ...]:
    """Read an entry of the problem list by its codes and its words, once."""
    known = reader.conditions.get(id(resource))
    if known is None:
        # The resource is kept, so that its identity stays its own.
        known = resource, tuple(_read_condition(resource, reader))
        reader.conditions[id(resource)] = known
    return known[1]


def _read_condition(resource: Resource, reader: Reader) -> Iterator[ConditionRead]:
    sent = (resource.code, resource.body_site)
    said = reader.once(_ConditionSaid, sent, lambda: _condition_said(resource, reader))
    reference, recorded = reference_to(resource), _recorded(resource)
    dates = recorded or _onset(resource)
    if said.is_mute:
        yield NotUnderstood(reference, dates)
        return
    status = read_status(resource, reader, said.state)
    if said.codes:
        yield Diagnosis(
            reference=reference,
            codes=said.codes,
            sites=said.sites,
            sides=said.sides,
            clinical=status.clinical,
            verification=status.verification,
            dates=dates,
            is_onset=not recorded,
            unread=status.unread | said.unread,
        )
    if said.mentioned is not None and _is_sure(status):
        yield Mention(reference, said.mentioned, dates, said.under)


def _condition_said(resource: Resource, reader: Reader) -> _ConditionSaid:
    entry = _entry(resource, reader)
    codes = entry.codes + _prostheses_said(entry, ValueSetId.PROSTHESIS)
    if not codes and entry.is_mute:
        return _ConditionSaid(is_mute=True)
    coded, is_open = _coded_sides(entry)
    told = told_of(entry.words, coded)
    sides, side_unread = _sides(coded, told.said, is_open=is_open)
    return _ConditionSaid(
        is_mute=False,
        codes=codes,
        sites=of_value_set(entry.site.concepts + entry.code.concepts, ValueSetId.BODY_SITE)
        + tuple(map(_site_said, sorted(told.sites))),
        sides=sides,
        unread=_unread_place(entry, sides, side_unread),
        state=told.state,
        mentioned=told.said.sides or coded if _is_mention(entry, told) else None,
        under=_sent_under(entry),
    )


def read_diagnosis(resource: Resource, reader: Reader) -> Iterator[Diagnosis]:
    """Read a Condition that is a diagnosis by a listed code, or a replaced hip by its words."""
    return (one for one in read_condition(resource, reader) if isinstance(one, Diagnosis))


def read_operation(resource: Resource, reader: Reader) -> Iterator[Operation | NotUnderstood]:
    """Read a Procedure that was done and has a listed code, or words that name a replaced hip."""
    if has_status(resource.status, _NOT_DONE) or resource.not_performed or resource.not_done:
        return
    entry = _entry(resource, reader)
    codes = entry.codes + _prostheses_said(entry, ValueSetId.ARTHROPLASTY)
    codes += _preserving_said(resource, entry, reader)
    if not codes:
        yield from [NotUnderstood(reference_to(resource))] if entry.is_mute else []
        return
    found = [finding.said for one in entry.words for finding in one.prostheses]
    said = together([*found, *(one.said for one in entry.words)])
    coded, is_open = _coded_sides(entry)
    sides, side_unread = _sides(coded, said, is_open=is_open)
    is_done = resource.status is None or has_status(resource.status, _DONE)
    unread = _unread_place(entry, sides, side_unread)
    yield Operation(
        reference=reference_to(resource),
        codes=codes,
        sides=sides,
        unread=unread if is_done else unread | {"status"},
        on=date_of(resource),
        purpose=_purpose(resource, reader),
        reason_references=references_under({"to": resource.reason_reference}, "to"),
    )


def is_present(resource: Resource, reader: Reader) -> bool:
    """Tell whether a Condition is neither past nor ruled out, whatever it is."""
    status = read_status(resource, reader)
    is_past = status.clinical is Clinical.INACTIVE
    return not is_past and status.verification is not Verification.RULED_OUT


def _entry(resource: Resource, reader: Reader) -> _EntrySaid:
    sent = (resource.code, resource.body_site)
    return reader.once(_EntrySaid, sent, lambda: _read_entry(resource, reader))


def _read_entry(resource: Resource, reader: Reader) -> _EntrySaid:
    """Read codes and words; the words of what is surely about something else are not looked at."""
    code = reader.understood(resource, "code")
    codes = tuple(concept for concept in code.concepts if concept.value_set not in ASIDE)
    near = tuple(c for coding in code.unread for c in reader.knowledge.vocabulary.near(*coding))
    near = tuple(concept for concept in near if concept.value_set in NECROSES | PROSTHESES)
    if (
        not codes
        and not near
        and not any(map(reader.knowledge.lexicon.anchors.may_stand_in, code.words))
    ):
        return _EntrySaid(code)
    site = reader.understood(resource, "bodySite")
    texts = {"code": code.words, "bodySite": site.words}
    return _EntrySaid(code, codes, near, site, reader.entry_words(resource, texts))


def _coded_sides(entry: _EntrySaid) -> tuple[frozenset[Side], bool]:
    """Return the sides that codes name, and whether code and body site contradict each other."""
    aside = entry.code.concepts + entry.site.concepts
    sides = sides_of(entry.codes, aside)
    return sides, not sides and any(concept.sides for concept in (*entry.codes, *aside))


def sides_of(codes: tuple[Concept, ...], aside: tuple[Concept, ...]) -> frozenset[Side]:
    """Return the sides that the code names, else those of body site and laterality.

    Where code and body site name different sides, the side counts as not recorded.
    """
    by_code: frozenset[Side] = frozenset(side for concept in codes for side in concept.sides)
    by_site = frozenset(
        side for concept in aside if concept.value_set in ASIDE for side in concept.sides
    )
    if by_code and by_site and not by_code & by_site:
        return NO_SIDE
    return by_code or by_site


def _sides(
    coded: frozenset[Side], said: SidesSaid, *, is_open: bool
) -> tuple[frozenset[Side], bool]:
    """Return the side by codes and words, none where they contradict each other, and whether so."""
    if is_open or said.is_open or (coded and said.sides and not coded <= said.sides):
        return NO_SIDE, True
    return coded or said.sides, False


def _unread_place(entry: _EntrySaid, sides: frozenset[Side], side_unread: bool) -> frozenset[Part]:
    """Return what of the place was not understood; a site that is not may have named the side."""
    site = entry.site
    is_told = any(one.sites or one.said.sides for one in entry.words[len(entry.code.words) :])
    has_site = any(concept.value_set == ValueSetId.BODY_SITE for concept in site.concepts)
    site_unread = (site.is_unread or site.is_unlisted) and not is_told and not has_site
    beside = "side" in site.unread_beside | entry.code.unread_beside
    unread: set[Part] = {"site"} if site_unread else set()
    if side_unread or (not sides and (site_unread or beside)):
        unread.add("side")
    return frozenset(unread) if unread else ALL_READ


def _site_said(group: str) -> Concept:
    return Concept(ValueSetId.BODY_SITE, WORDS, group, group, site_group=group)


def _prostheses_said(entry: _EntrySaid, value_set: str) -> tuple[Concept, ...]:
    """Return what words, or a code under a system of others', say of a replaced hip.

    Words add nothing to a listed code that names a hip.
    """
    named = [c for c in entry.codes if c.value_set in PROSTHESES and c.precision != "broader"]
    if named:
        return ()
    found = prostheses_in(entry.words)
    near = [c for c in entry.near if c.value_set in PROSTHESES and c.precision != "broader"]
    near = [concept for concept in near if concept.role != "removal"]
    if near and not found and not entry.code.words:
        found = tuple(EntryFinding(A_HIP, SidesSaid(c.sides), "present") for c in near)
    return tuple(
        Concept(value_set, WORDS, "hip", "hip", sides=finding.said.sides, role="placement")
        for finding in found
    )


def _preserving_said(resource: Resource, entry: _EntrySaid, reader: Reader) -> tuple[Concept, ...]:
    """Return that words name an operation to preserve the head, where no code says just that."""
    value_set = ValueSetId.HEAD_PRESERVING_SURGERY
    if any(c.value_set == value_set and c.precision == "head" for c in entry.codes):
        return ()
    names = {"code": entry.code.words, "bodySite": entry.site.words}
    if not entry.words or not reader.names(resource, Topic.HEAD_PRESERVING, names):
        return ()
    return (Concept(value_set, WORDS, "head", "head", precision="head"),)


def _purpose(resource: Resource, reader: Reader) -> Purpose | None:
    """Return what the codes and the words of its reason say that an operation was for."""
    sent = {"reasonCode": resource.reason_code}
    codings, words = codings_under(sent, "reasonCode"), words_under(sent, "reasonCode")
    coded = reader.known(resource, "reason", codings)
    told = told_of(reader.entry_words(resource, {"reason": words}), NO_SIDE)
    is_said = told.state in ("present", "doubted") and ELSEWHERE not in told.sites
    if is_said or any(concept.value_set in NECROSES for concept in coded):
        return "osteonecrosis"
    return "other" if codings or words else None


def _is_sure(status: Status) -> bool:
    """Tell what is neither doubtful nor past."""
    is_sure = status.verification in (Verification.CONFIRMED, Verification.UNRECORDED)
    return is_sure and status.clinical is not Clinical.INACTIVE


def _is_mention(entry: _EntrySaid, told: Told) -> bool:
    """Tell whether an entry without a listed code names osteonecrosis of a femoral head.

    Its words do, or name osteonecrosis beside a code of ours that was sent under a system that we
    do not know.
    """
    listed = {concept.value_set for concept in entry.codes}
    if listed & {*NECROSES, ValueSetId.JUVENILE} or _is_replaced(entry, told):
        return False
    is_of_hip = bool(told.sites & A_HIP)
    is_near = any(concept.value_set == ValueSetId.FEMORAL_HEAD for concept in entry.near)
    return told.state is not None and (is_of_hip or (is_near and ELSEWHERE not in told.sites))


def _is_replaced(entry: _EntrySaid, told: Told) -> bool:
    found = prostheses_in(entry.words)
    replaced = frozenset(side for finding in found for side in finding.said.sides or SIDES)
    return bool(found) and (told.said.sides or SIDES) <= replaced


def _sent_under(entry: _EntrySaid) -> str | None:
    """Return the system of a code of ours that we do not know it by; empty where none is named."""
    if not entry.near:
        return None
    systems = [system or "" for system, _ in entry.code.unread]
    return next((system for system in systems if _PRINTABLE.fullmatch(system)), "")


def _onset(resource: Resource) -> tuple[DateRange, ...]:
    """Return since when a patient remembers it."""
    begun = resource.onset_period.start if resource.onset_period else None
    return tuple(filter(None, map(parse_date, (resource.onset_date_time, begun))))


def _recorded(resource: Resource) -> tuple[DateRange, ...]:
    recorded = (resource.recorded_date, resource.asserted_date, resource.date_recorded)
    return tuple(date for text in recorded if text and (date := parse_date(text)))
