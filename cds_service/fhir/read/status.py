"""Whether a Condition is present, and how sure it is: by its statuses, what stands beside its code,
its end, and its words.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from cds_service.core.record import ALL_READ, Clinical, Part, Verification
from cds_service.core.words.context import Context
from cds_service.core.words.diagnoses.states import State
from cds_service.core.words.text import CONTEXT
from cds_service.fhir.reader import Reader, Understood
from cds_service.fhir.shapes.coding import of_value_set, spelled_in, status_in, words_in
from cds_service.fhir.shapes.dates import parse_date
from cds_service.fhir.shapes.resources import Resource, element_of

CONDITION_STATUS = "condition-status"
# FHIR condition-clinical and condition-ver-status, all versions, by the roles of that value set.
_ROLES: Mapping[str, str] = {
    "active": "active",
    "recurrence": "active",
    "relapse": "active",
    "inactive": "inactive",
    "remission": "inactive",
    "resolved": "inactive",
    "confirmed": "confirmed",
    "provisional": "unconfirmed",
    "differential": "unconfirmed",
    "unconfirmed": "unconfirmed",
    "refuted": "ruled-out",
    "entered-in-error": "ruled-out",
    "unknown": "unknown",
}
_BY_CONTEXT: Mapping[Context, str] = {
    "negated": "ruled-out",
    "doubted": "unconfirmed",
    "past": "inactive",
}
_BY_STATE: Mapping[State | None, tuple[str, ...]] = {
    "doubted": ("unconfirmed",),
    "planned": ("unconfirmed",),
    "past": ("inactive", "unconfirmed"),
    "excluded": ("ruled-out",),
    "family": ("ruled-out",),
}


_OVER = frozenset({"inactive", "after-operation"})
_STATUS: frozenset[Part] = frozenset({"status"})
_CERTAINTY: frozenset[Part] = frozenset({"certainty"})


class Status(NamedTuple):
    """Whether a Condition is present and how sure; `unread` is what was not understood of it."""

    clinical: Clinical
    verification: Verification
    unread: frozenset[Part]


class _Sent(NamedTuple):
    """What the statuses that were sent say, with what stands beside the code."""

    roles: frozenset[str]
    unread: frozenset[Part]


def read_status(resource: Resource, reader: Reader, state: State | None = None) -> Status:
    """Read the statuses of a Condition with what its code and its words (`state`) say of them."""
    has_ended = _has_ended(resource, reader.today)
    statuses = (resource.clinical_status, resource.verification_status)
    sent = (resource.code, *statuses, state, has_ended)
    return reader.once(Status, sent, lambda: _status(resource, reader, state, has_ended=has_ended))


def _status(resource: Resource, reader: Reader, state: State | None, *, has_ended: bool) -> Status:
    roles, unread = _sent(resource, reader)
    if state in _BY_STATE:
        roles = roles.union(_BY_STATE[state])
    if "active" in roles and (has_ended or not roles.isdisjoint(_OVER)):
        unread |= _STATUS
    return Status(_clinical(roles, has_ended=has_ended), _verification(roles), unread)


def _sent(resource: Resource, reader: Reader) -> _Sent:
    code = reader.understood(resource, "code")
    clinical, clinical_unread = _roles(resource, "clinicalStatus", reader)
    verification, verification_unread = _roles(resource, "verificationStatus", reader)
    beside = _roles_of(code)
    is_unread = clinical_unread or "after-operation" in beside
    is_unsure = verification_unread or "certainty" in code.unread_beside
    unread = (_STATUS if is_unread else ALL_READ) | (_CERTAINTY if is_unsure else ALL_READ)
    return _Sent(frozenset({*clinical, *verification, *beside}), unread)


def _clinical(roles: frozenset[str], *, has_ended: bool) -> Clinical:
    if "active" in roles:
        return Clinical.ACTIVE
    is_over = "inactive" in roles or (has_ended and "unknown" not in roles)
    return Clinical.INACTIVE if is_over else Clinical.UNRECORDED


def _verification(roles: frozenset[str]) -> Verification:
    """Return the least sure of what is said."""
    if "ruled-out" in roles:
        return Verification.RULED_OUT
    if "unconfirmed" in roles:
        return Verification.UNCONFIRMED
    return Verification.CONFIRMED if "confirmed" in roles else Verification.UNRECORDED


def _roles(resource: Resource, element: str, reader: Reader) -> tuple[set[str], bool]:
    """Return what a status means, and whether it was sent and nothing of it was understood."""
    coded = element_of(resource, element)
    if coded is None:
        return set(), False
    known = status_in(coded, _ROLES)
    if known is not None:
        return {known}, False
    words = words_in(coded)
    roles = _roles_of(reader.understood(resource, element)) | set(_roles_said(words, reader))
    return roles, not roles and bool(spelled_in(coded) or words)


def _roles_of(understood: Understood) -> set[str]:
    return {c.role for c in of_value_set(understood.concepts, CONDITION_STATUS) if c.role}


def _roles_said(words: Iterable[str], reader: Reader) -> Iterable[str]:
    """Yield what a status in words means: FHIR's own word, or one of the tables of context."""
    for text in words:
        known = _ROLES.get("-".join(text.lower().split()))
        if known:
            yield known
            return
        yield from (
            role
            for context, role in _BY_CONTEXT.items()
            if any(span.label == context for span in reader.read(text).of(CONTEXT))
        )


def _has_ended(resource: Resource, today: date) -> bool:
    ended = parse_date(resource.abatement_date_time)
    return (
        bool(resource.abatement_boolean)
        or (ended is not None and ended.earliest <= today)
        or resource.abatement_string is not None
        or resource.abatement_age is not None
        or resource.abatement_period is not None
        or resource.abatement_range is not None
    )
