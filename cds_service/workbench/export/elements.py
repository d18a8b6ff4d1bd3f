"""The FHIR elements that all exported resources share; refuses to know cards and codes.

Canonical URLs are URNs: nothing is published under an address on the web, and none is claimed.
"""

from collections.abc import Iterable, Mapping

from cds_service.core.knowledge import Citation, Knowledge
from cds_service.core.record import FEMORAL_HEAD

Json = dict[str, object]

SOURCE_LANGUAGE = "en"
PUBLISHER = "Femoral-head CDS project"
DOCUMENTATION = (
    "Documentation for clinical review. It describes what the Femoral-head CDS service says and "
    "when; it is not an executable artefact and must not be run as one."
)
UNSIGNED = "Nobody with a clinical licence has reviewed or signed it."
PLAIN_TEXT = "text/plain"
URN = "urn:femoral-head-cds"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def canonical(resource_type: str, resource_id: str) -> str:
    """Return the URL under which a resource stands in the Bundle."""
    return f"{URN}:{resource_type}:{resource_id}"


def header(resource_type: str, name: str, version: str, status: str, *, is_signed: bool) -> Json:
    """Return what every resource begins with; a draft has no `date`, for it is not published."""
    return {
        "resourceType": resource_type,
        "id": name,
        "language": SOURCE_LANGUAGE,
        "url": canonical(resource_type, name),
        "version": version,
        "name": _computable(name),
        "status": status,
        "experimental": status != "active",
        "publisher": PUBLISHER,
        "purpose": DOCUMENTATION if is_signed else f"{DOCUMENTATION} {UNSIGNED}",
    }


def is_all_signed(knowledge: Knowledge) -> bool:
    """Tell whether every card is; what the cards share is signed with the last of them."""
    return all(card.status == "active" for card in knowledge.cards.values())


def focus(knowledge: Knowledge) -> list[Json]:
    """Return the `useContext`: the disease, under the title of its value set."""
    return [
        {
            "code": {"system": f"{TERMINOLOGY}/usage-context-type", "code": "focus"},
            "valueCodeableConcept": {"text": knowledge.published[FEMORAL_HEAD].title},
        }
    ]


def concept(system: str, code: str) -> Json:
    """Return a CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}


def library_type() -> Json:
    """Return the type of every Library: a collection to read, not logic to run."""
    return concept(f"{TERMINOLOGY}/library-type", "asset-collection")


def citations(sources: Iterable[Citation]) -> list[Json]:
    """Return sources as RelatedArtifacts: our id, kind and what it says, citation, address."""
    return [
        {
            "type": "citation",
            "label": source.id,
            "display": f"{source.kind}: {source.says}",
            "citation": source.citation,
            **({"url": source.url} if source.url else {}),
        }
        for source in sources
    ]


def translated(name: str, texts: Mapping[str, str]) -> Json:
    """Return an element in the source language, with its translations as FHIR extensions."""
    others = [language for language in sorted(texts) if language != SOURCE_LANGUAGE]
    extensions = [
        {
            "url": TRANSLATION,
            "extension": [
                {"url": "lang", "valueCode": language},
                {"url": "content", "valueString": texts[language]},
            ],
        }
        for language in others
    ]
    members: Json = {name: texts[SOURCE_LANGUAGE]}
    return members | ({f"_{name}": {"extension": extensions}} if extensions else {})


def expression(text: str, description: str) -> Json:
    """Return an Expression that a person reads and no engine runs."""
    return {"description": description, "language": PLAIN_TEXT, "expression": text}


def _computable(resource_id: str) -> str:
    return "".join(part.capitalize() for part in resource_id.split("-"))
