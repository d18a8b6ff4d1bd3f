"""A draft -> the orders within it: contained ones, activities of a plan, actions of a group.

None of them can be changed on its own, so none has a reference.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
from msgspec import Raw

from cds_service.fhir.read.drafts import Draft, members_of, plain
from cds_service.fhir.shapes.decode import NOT_DECODED, decode_with, resource_of
from cds_service.fhir.shapes.resources import NULL, Unreadable

ACTIVITY = "activity"
"""The type that an activity or an action has here: it may be anything that its words say."""

# An action in an action in an action.
DEEPEST = 8

_LIST = msgspec.json.Decoder(list[Raw])
_GROUPS = ("activity", "action")


def inner_drafts(draft: Draft) -> Iterator[Draft]:
    """Yield every order within a draft; what stands deeper than anything real cannot be read."""
    found = [*_contained(draft), *_activities(draft)]
    for _ in range(DEEPEST):
        yield from found
        found = [deeper for inner in found for deeper in _activities(inner)]
    yield from (replace(inner, resource=Unreadable()) for inner in found)


def is_prohibited(draft: Draft) -> bool:
    """Tell an activity that is not to be done (DSTU2 and STU3)."""
    return plain(draft.members, ("prohibited",)).get("prohibited") is True


def _contained(draft: Draft) -> Iterator[Draft]:
    for i, raw in enumerate(_list_of(draft.members.get("contained", NULL))):
        yield replace(
            draft,
            resource=resource_of(raw),
            path=(*draft.path, "contained", i),
            members=members_of(raw),
            full_url=None,
        )


def _activities(draft: Draft) -> Iterator[Draft]:
    """Yield the activities of a CarePlan and the actions of a RequestGroup, as orders."""
    for name in _GROUPS:
        for i, raw in enumerate(_list_of(draft.members.get(name, NULL))):
            activity = members_of(raw)
            sent = activity.get("detail", raw)
            resource = resource_of(sent)
            resource.resource_type = ACTIVITY
            yield replace(
                draft,
                resource=resource,
                path=(*draft.path, name, i),
                members=members_of(sent),
                full_url=None,
            )


def _list_of(raw: Raw) -> list[Raw]:
    try:
        return decode_with(_LIST, raw) if raw != NULL else []
    except NOT_DECODED:
        return []
