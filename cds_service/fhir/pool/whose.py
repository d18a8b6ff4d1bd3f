"""Tells what is plainly the patient's, or nobody's, without reading more of it than that.

Of a chart without osteonecrosis nothing else is read; but a resource of another patient refuses the
call wherever it stands. What is not of the plain shape is left to who reads it as a whole.
"""

from collections.abc import Iterable, Set
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from cds_service.fhir.pool.identity import Identity
from cds_service.fhir.shapes.decode import NOT_DECODED
from cds_service.fhir.shapes.repeated import refuse_repeated_owner
from cds_service.fhir.shapes.resources import NULL, HoldsNoOther, Resource, Sent, Unreadable

_TELLS_MORE = frozenset({"Condition", "Patient", "Bundle", "Parameters"})


class OwnerReference(Struct, frozen=True, gc=False):
    reference: str | None = None
    type: Literal["Patient"] | None = None


class Ownership(HoldsNoOther, frozen=True, gc=False, rename="camel"):
    """Whose a resource is."""

    subject: OwnerReference | None = None
    patient: OwnerReference | None = None
    beneficiary: OwnerReference | None = msgspec.field(name="for", default=None)


_WHOSE = msgspec.json.Decoder(Ownership)


def are_plainly_own(sent: Iterable[Sent], identity: Identity) -> bool:
    """Tell whether all is plainly the patient's or nobody's, and none of it is a Condition.

    Raises `MalformedRequest` where an entry says twice whose it is.
    """
    ours = identity.plain_references({})
    return all(_is_plain(value, identity, ours) for value in sent)


def _is_plain(value: Sent, identity: Identity, ours: Set[str | None]) -> bool:
    match value:
        case None:
            return True
        case Unreadable():
            return False
        case list():
            return all(_is_plain(member, identity, ours) for member in value)
        case Resource(resource_type="Bundle"):
            return all(e is not None and _is_own(e.resource, ours) for e in value.entry or ())
        case Resource():
            is_more = value.resource_type in _TELLS_MORE
            return not is_more and identity.is_plainly_own(value)
        case _:
            return False


def _is_own(raw: Raw, ours: Set[str | None]) -> bool:
    if raw is NULL:
        return False
    refuse_repeated_owner(raw)
    try:
        whose = _WHOSE.decode(raw)
    except NOT_DECODED:
        return False
    if whose.resource_type in _TELLS_MORE:
        return False
    named = {one.reference for one in (whose.subject, whose.patient, whose.beneficiary) if one}
    return ours >= named
