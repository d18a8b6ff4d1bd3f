"""A draft -> the orders within it: contained ones, activities of a plan, actions of a group.

None of them can be changed on its own, so none has a reference.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from cds_service.fhir.read.drafts import Draft, draft_of, members_of, plain
from cds_service.fhir.shapes.decode import NOT_DECODED, decode_with, resource_of
from cds_service.fhir.shapes.resources import Unreadable

ACTIVITY = "activity"
"""The type that an activity or an action has here: it may be anything that its words say."""

# An action in an action in an action.
DEEPEST = 8

_LIST = msgspec.json.Decoder(list[Raw])
_GROUPS = ("activity", "action")
_HOLDING = frozenset({"contained", *_GROUPS})


def inner_drafts(draft: Draft) -> Iterator[Draft]:
    """Yield every order within a draft; what stands deeper than anything real cannot be read."""
    if _HOLDING.isdisjoint(draft.members):
        return
    found = [*_contained(draft), *_activities(draft)]
    for _ in range(DEEPEST):
        yield from found
        found = [deeper for inner in found for deeper in _activities(inner)]
    for inner in found:
        yield draft_of(Unreadable(), inner.members, inner.path, is_ours=inner.is_ours)


def is_prohibited(draft: Draft) -> bool:
    """Tell an activity that is not to be done (DSTU2 and STU3)."""
    return plain(draft.members, ("prohibited",)).get("prohibited") is True


def _contained(draft: Draft) -> Iterator[Draft]:
    for i, raw in enumerate(_list_in(draft, "contained")):
        path = (*draft.path, "contained", i)
        yield draft_of(resource_of(raw), members_of(raw), path, is_ours=draft.is_ours)


def _activities(draft: Draft) -> Iterator[Draft]:
    """Yield the activities of a CarePlan and the actions of a RequestGroup, as orders."""
    for name in _GROUPS:
        for i, raw in enumerate(_list_in(draft, name)):
            sent = members_of(raw).get("detail", raw)
            resource = resource_of(sent)
            resource.resource_type = ACTIVITY
            path = (*draft.path, name, i)
            yield draft_of(resource, members_of(sent), path, is_ours=draft.is_ours)


def _list_in(draft: Draft, name: str) -> list[Raw]:
    try:
        return decode_with(_LIST, draft.members[name]) if name in draft.members else []
    except NOT_DECODED:
        return []
