"""What all cards share -> Libraries: evidence, facts and numbers, and the files as they are."""

from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.knowledge import FactDeclaration, FactKind, Knowledge, Parameter, Words
from cds_service.core.values import Period
from cds_service.core.wording import write_amount
from cds_service.workbench.export.elements import (
    TERMINOLOGY,
    Json,
    citations,
    concept,
    header,
    is_all_signed,
)

EVIDENCE, FACTS, PARAMETERS, FILES = "evidence", "facts", "parameters", "shared-files"
# Cards and value sets are resources of their own; everything else is carried as it is.
SHARED = (
    "*.yaml",
    "actions/*.yaml",
    "schedules/*.yaml",
    "text-patterns/*.yaml",
    "value-sets/systems.yaml",
)
_CONTENT_TYPES = {".yaml": "application/yaml", ".csv": "text/csv", ".json": "application/fhir+json"}
_TYPES = {
    FactKind.CHOICE: "code",
    FactKind.QUANTITY: "Quantity",
    FactKind.DATE: "date",
    FactKind.PERIOD: "Duration",
    FactKind.TEXT: "string",
}


def libraries(knowledge: Knowledge, root: Path, site: Path | None) -> Iterator[Json]:
    """Yield what all cards share; it is active once every card is."""
    facts, numbers = knowledge.facts.values(), knowledge.parameters.values()
    words = knowledge.words[SOURCE_LANGUAGE]
    ours = [(path, root) for glob in SHARED for path in sorted(root.glob(glob))]
    theirs = [(path, site) for path in sorted(site.rglob("*"))] if site else []
    files = [_attached(*one) for one in (*ours, *theirs) if one[0].suffix in _CONTENT_TYPES]
    library = partial(_library, knowledge)
    yield library(EVIDENCE, "Evidence", relatedArtifact=citations(knowledge.evidence.values()))
    yield library(FACTS, "Facts that a card may ask about", parameter=[*map(_fact, facts)])
    told = [_parameter(number, words) for number in numbers]
    yield library(PARAMETERS, "Numbers of the rules and texts", parameter=told)
    title = "Words, services, orders, staging, code systems and schedule, as files"
    yield library(FILES, title, content=files)


def _library(knowledge: Knowledge, name: str, title: str, **members: list[Json]) -> Json:
    version, is_signed = knowledge.digest[:12], is_all_signed(knowledge)
    return {
        **header("Library", name, version, knowledge, is_signed=is_signed),
        "title": title,
        # A collection to read, not logic to run.
        "type": concept(f"{TERMINOLOGY}/library-type", "asset-collection"),
        "author": [{"name": knowledge.publisher.developer}],
        "copyright": f"Funding: {knowledge.publisher.funding}",
        **members,
    }


def _attached(path: Path, folder: Path) -> Json:
    """Return a file as an Attachment, byte for byte, named by its place in its folder."""
    return {
        "contentType": _CONTENT_TYPES[path.suffix],
        "title": str(path.relative_to(folder)),
        "data": b64encode(path.read_bytes()).decode(),
    }


def _fact(fact: FactDeclaration) -> Json:
    answers = ", ".join([*fact.choices, *sorted(fact.may_be)])
    return {
        "name": fact.name,
        "use": "out",
        "min": 0 if fact.may_be else 1,
        "max": "1",
        "documentation": f"{fact.meaning} Absence: {fact.absence} Answers: {answers or 'any'}.",
        "type": _TYPES[fact.kind],
    }


def _parameter(number: Parameter, words: Words) -> Json:
    amount = write_amount(number.value, words)
    return {
        "name": number.name,
        "use": "in",
        "documentation": f"{amount}: {number.meaning} Source: {number.evidence}.",
        "type": "Duration" if isinstance(number.value, Period) else "Quantity",
    }
