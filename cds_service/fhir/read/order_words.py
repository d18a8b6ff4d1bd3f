"""The words and codings of a draft order, wherever FHIR puts them; refuses to know what they mean.

All of it is read from the plain JSON of the draft, since only drafts need it.
"""

from collections.abc import Iterable, Iterator, Mapping

# What names what is ordered, DSTU2 to R5; then what says more about it.
NAMES = (
    "code",
    "codeCodeableConcept",
    "codeConcept",
    "medication",
    "medicationCodeableConcept",
    "medicationReference",
    "serviceRequested",
    "type",
    "item",
    "title",
)
# The activities of a plan are notes of it: what one of them asks for, the whole plan does not.
NOTES = (
    "activity",
    "note",
    "notes",
    "description",
    "orderDetail",
    "patientInstruction",
    "instructions",
    "additionalInstructions",
    "dosageInstruction",
    "bodySite",
    "form",
    "doseForm",
)
PLACES = (*NAMES, "bodySite")
REASONS = ("reason", "reasonCode", "reasonCodeableConcept", "reasonReference")
_WORDS = frozenset({"text", "display", "title", "description", "patientInstruction", "valueString"})

Json = Mapping[str, object]


def words_in(content: Json, names: Iterable[str]) -> tuple[str, ...]:
    """Return every text under some members of a resource, a member that is itself text included."""
    own = [content[name] for name in names if name in content]
    texts = [node for node in own if isinstance(node, str)]
    texts += [
        value
        for node in _objects(own)
        for name, value in node.items()
        if name in _WORDS and isinstance(value, str)
    ]
    return tuple(dict.fromkeys(texts))


def codings_under(content: Json, names: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Yield (system, code) of every coding under some members of a resource."""
    for node in _objects([content[name] for name in names if name in content]):
        system, code = node.get("system"), node.get("code")
        if isinstance(code, str):
            yield system if isinstance(system, str) else None, code


def references_under(content: Json, names: Iterable[str]) -> frozenset[str]:
    """Return every reference under some members of a resource, as `Type/id` where it is one."""
    return frozenset(
        short_reference(reference)
        for node in _objects([content[name] for name in names if name in content])
        if isinstance(reference := node.get("reference"), str)
    )


def short_reference(reference: str) -> str:
    """Return the `Type/id` of an absolute or versioned reference; others as they are."""
    parts = reference.split("/_history/", maxsplit=1)[0].rstrip("/").split("/")
    return "/".join(parts[-2:])


def _objects(nodes: Iterable[object]) -> Iterator[Json]:
    """Yield every object in some JSON; a list of waiting nodes, since depth is the sender's."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
