"""What all cards share -> Libraries: evidence, facts and numbers, and the files as they are."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from cds_service.core.knowledge import Citation, FactDeclaration, FactKind, Knowledge
from cds_service.core.wording import write_amount
from cds_service.workbench.export.criteria import write_value
from cds_service.workbench.export.elements import (
    SOURCE_LANGUAGE,
    Json,
    citations,
    focus,
    header,
    is_all_signed,
    library_type,
)

EVIDENCE, FACTS, PARAMETERS, FILES = "evidence", "facts", "parameters", "shared-files"
# What stands in no other resource: words, services, staging systems, code systems, the schedule.
SHARED = ("*.yaml", "schedules/*.yaml", "text-patterns/*.yaml", "value-sets/systems.yaml")
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
    yield {
        **_library(EVIDENCE, "Evidence", knowledge),
        "relatedArtifact": citations(knowledge.evidence.values()),
    }
    yield {
        **_library(FACTS, "Facts that a card may ask about", knowledge),
        "parameter": [_fact(fact) for fact in knowledge.facts.values()],
    }
    yield {
        **_library(PARAMETERS, "Numbers of the rules and texts", knowledge),
        "relatedArtifact": citations(_cited(knowledge)),
        "parameter": list(_parameters(knowledge)),
    }
    yield {
        **_library(
            FILES, "Words, services, staging, code systems and schedule, as files", knowledge
        ),
        "content": [_attached(path, root) for glob in SHARED for path in sorted(root.glob(glob))]
        + [_attached(path, site) for path in _files_of(site)],
    }


def _files_of(site: Path | None) -> list[Path]:
    return sorted(p for p in site.rglob("*") if p.suffix in _CONTENT_TYPES) if site else []


def _attached(path: Path, folder: Path | None) -> Json:
    """Return a file as an Attachment, byte for byte, named by its place in its folder."""
    return {
        "contentType": _CONTENT_TYPES[path.suffix],
        "title": str(path.relative_to(folder)) if folder else path.name,
        "data": b64encode(path.read_bytes()).decode(),
    }


def _library(name: str, title: str, knowledge: Knowledge) -> Json:
    is_signed = is_all_signed(knowledge)
    status = "active" if is_signed else "draft"
    return {
        **header("Library", name, knowledge.digest[:12], status, is_signed=is_signed),
        "title": title,
        "type": library_type(),
        "useContext": focus(knowledge),
        "author": [{"name": knowledge.publisher.developer}],
        "copyright": f"Funding: {knowledge.publisher.funding}",
    }


def _fact(fact: FactDeclaration) -> Json:
    answers, used = [*fact.choices, *sorted(fact.may_be)], fact.patient_attributes
    parts = [
        fact.meaning,
        f"Absence: {fact.absence}",
        f"Kind: {fact.kind.value}.",
        f"Answers: {', '.join(answers)}." if answers else "",
        f"Unit: {fact.unit}." if fact.unit else "",
        f"Read from: {', '.join(fact.read_from)}." if fact.read_from else "",
        f"Patient attributes used: {', '.join(used)}." if used else "",
    ]
    return {
        "name": fact.name,
        "use": "out",
        "min": 0 if fact.may_be else 1,
        "max": "1",
        "documentation": " ".join(part for part in parts if part),
        "type": _TYPES[fact.kind],
    }


def _cited(knowledge: Knowledge) -> list[Citation]:
    cited = {parameter.evidence for parameter in knowledge.parameters.values()}
    return [source for name, source in knowledge.evidence.items() if name in cited]


def _parameters(knowledge: Knowledge) -> Iterator[Json]:
    words = knowledge.words[SOURCE_LANGUAGE]
    for parameter in knowledge.parameters.values():
        amount = f"{write_value(parameter.value)} ({write_amount(parameter.value, words)})"
        yield {
            "name": parameter.name,
            "use": "in",
            "documentation": f"{amount}: {parameter.meaning} Source: {parameter.evidence}.",
            "type": "Duration" if write_value(parameter.value).startswith("P") else "Quantity",
        }
