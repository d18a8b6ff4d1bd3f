"""What was recognised in a prefetch, and what was missing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_service.fhir.notes import FOREIGN, Note, What
from cds_service.fhir.pool.prefetch import type_of_key
from cds_service.workbench.doctor.examined import Examined, member, path_of
from cds_service.workbench.doctor.printable import (
    bounded,
    counted,
    kind_of,
    name_of,
    reference_of,
    type_of,
)

MOST_PLACES = 8
MOST_KEYS = 40
WHOLE_PREFETCH = "(the prefetch is one Bundle)"


@dataclass(frozen=True, slots=True)
class SentKey:
    """A prefetch key, what it held, and what the service took of it, by resource type."""

    key: str
    value: object
    is_ours: bool
    resource_type: str | None
    pooled: Mapping[str, int]
    is_foreign: bool


def sent_keys(case: Examined) -> list[SentKey]:
    """Return the keys; a prefetch that is itself a Bundle counts as one."""
    prefetch = member(case.body.content, "prefetch")
    if not isinstance(prefetch, dict) or case.request is None:
        return []
    if prefetch.get("resourceType") == "Bundle":
        return [_sent_key(case, WHOLE_PREFETCH, prefetch, ("prefetch",))]
    return [_sent_key(case, key, value, ("prefetch", key)) for key, value in prefetch.items()]


def _sent_key(case: Examined, key: str, value: object, place: tuple[str, ...]) -> SentKey:
    types = case.knowledge.prefetch_types
    under = [note for note in case.resources if note.path[: len(place)] == place]
    new = [note.resource_type or "" for note in under if note.what in (What.READ, What.LEFT)]
    is_foreign = any(note.why == FOREIGN for note in under)
    resource_type = None if key == WHOLE_PREFETCH else type_of_key(key, types)
    return SentKey(key, value, key in types, resource_type, Counter(new), is_foreign)


def prefetch_section(case: Examined) -> list[str]:
    """Return the section on the keys."""
    prefetch = member(case.body.content, "prefetch")
    if not isinstance(prefetch, dict) or not prefetch:
        return [f"  no prefetch was sent ({kind_of(prefetch)})"]
    if case.request is None:
        return ["  The prefetch could not be pooled: see ANSWER."]
    return list(bounded(map(_key_line, sent_keys(case)), MOST_KEYS))


def missing_section(case: Examined) -> list[str]:
    """Return the section on what each wanted resource type lacks."""
    return [line for name in case.wanted for line in _type_lines(case, name)]


def _key_line(sent: SentKey) -> str:
    name = sent.key if sent.key == WHOLE_PREFETCH else name_of(sent.key)
    if sent.is_ours:
        known = "our key"
    elif sent.resource_type:
        known = f"not our key, guessed by its name as {name_of(sent.resource_type)}"
    else:
        known = "read by what it holds"
        known = known if sent.key == WHOLE_PREFETCH else f"unknown key, {known}"
    return f"  {name} ({known}): {_sent(sent.value)} -> {_pooled(sent)}"


def _pooled(sent: SentKey) -> str:
    if sent.is_foreign:
        return "holds a resource of another patient, which refuses the whole call"
    found = ", ".join(f"{name_of(name)} {n}" for name, n in sorted(sent.pooled.items()))
    if found:
        return found
    is_empty_bundle = type_of(sent.value) == "Bundle" and not member(sent.value, "entry")
    if sent.value is None or sent.value == [] or is_empty_bundle:
        return f"looked up, none ({sent.resource_type or 'of which type is not known'})"
    return "no resource that was not there before"


def _sent(value: object) -> str:
    """Describe what a key holds."""
    match value:
        case str():
            return _sent_text(value)
        case {"entry": list(entries), **rest}:
            total = rest.get("total")
            words = f", total {total}" if isinstance(total, int) else ""
            return f"Bundle of {counted(len(entries), 'entry')}{words}"
        case {"resourceType": "Bundle"}:
            return "Bundle without entries"
        case dict():
            return type_of(value)
        case list():
            return f"list of {len(value)}"
        case _:
            return kind_of(value)


def _sent_text(text: str) -> str:
    if "{{" in text:
        return "text: a prefetch template that was not filled in"
    is_json = text.lstrip().startswith("{")
    return "text that holds JSON, not a resource" if is_json else "text, not a resource"


def _type_lines(case: Examined, name: str) -> Iterator[str]:
    count, gap = case.pool.count(name), case.record.gaps.get(name)
    if gap is None:
        yield f"  {name}: complete, {count} read"
        return
    yield f"  {name}: {count} read, but the list {gap} (our key: {case.wanted[name]})"
    places = [_place_line(case, note) for note in case.resources if _concerns(case, name, note)]
    yield from bounded(places, MOST_PLACES)
    if case.pool.next_links.get(name):
        yield "    The Bundle has a link to a further page."
    if name in case.asked:
        yield "    The service would ask the FHIR server for it."


def _place_line(case: Examined, note: Note) -> str:
    content = case.content(note)
    named = f" ({reference_of(content)})" if content else ""
    return f"    {path_of(note)}{named}: {case.why_not_read(note)}"


def _concerns(case: Examined, name: str, note: Note) -> bool:
    """Tell whether what was not read is of this type, or stands where this type was looked for."""
    if note.what is not What.NOT_READ or note.why == FOREIGN:
        return False
    if note.resource_type not in ("OperationOutcome", None):
        return note.resource_type == name
    if note.path[0] != "prefetch":
        return False
    key = note.path[1] if len(note.path) > 1 else None
    sent = (one.resource_type for one in sent_keys(case) if one.key == key)
    return next(sent, None) in (name, None)
