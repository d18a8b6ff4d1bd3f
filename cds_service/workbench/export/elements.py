"""The FHIR elements that the exported resources share.

Canonical URLs are URNs: nothing is published under an address on the web, and none is claimed.
FHIR has no empty elements: what is empty here, the Bundle leaves out.
"""

from collections.abc import Callable, Iterable, Mapping

from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.knowledge import CardDefinition, Citation, Knowledge
from cds_service.core.record import ValueSetId
from cds_service.core.texts import CardText, Placeholder

Json = dict[str, object]
Text = Iterable[str | Placeholder]

PUBLISHER = "Femoral-head CDS project"
DOCUMENTATION = (
    "Documentation for clinical review. It describes what the Femoral-head CDS service says and "
    "when; it is not an executable artefact and must not be run as one."
)
UNSIGNED = "Nobody with a clinical licence has reviewed or signed it."
URN = "urn:femoral-head-cds"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def canonical(resource_type: str, resource_id: str) -> str:
    """Return the URL under which a resource stands in the Bundle."""
    return f"{URN}:{resource_type}:{resource_id}"


def header(
    resource_type: str, name: str, version: str, knowledge: Knowledge, *, is_signed: bool
) -> Json:
    """Return what every resource begins with; a draft has no `date`, for it is not published."""
    return {
        "resourceType": resource_type,
        "id": name,
        "language": SOURCE_LANGUAGE,
        "url": canonical(resource_type, name),
        "version": version,
        "name": "".join(part.capitalize() for part in name.split("-")),
        **status("active" if is_signed else "draft"),
        "publisher": PUBLISHER,
        "purpose": DOCUMENTATION if is_signed else f"{DOCUMENTATION} {UNSIGNED}",
        "useContext": [
            {
                "code": {"system": f"{TERMINOLOGY}/usage-context-type", "code": "focus"},
                "valueCodeableConcept": {
                    "text": knowledge.published[ValueSetId.FEMORAL_HEAD].title
                },
            }
        ],
    }


def status(word: str) -> Json:
    """Return the publication status; only what is active is meant for real use."""
    return {"status": word, "experimental": word != "active"}


def is_all_signed(knowledge: Knowledge) -> bool:
    """Tell whether every card is; what the cards share is signed with the last of them."""
    return all(card.status == "active" for card in knowledge.cards.values())


def concept(system: str, code: str) -> Json:
    """Return a CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}


def citations(sources: Iterable[Citation]) -> list[Json]:
    """Return sources as RelatedArtifacts: our id, kind and what it says, citation, address."""
    return [
        {
            "type": "citation",
            "label": source.id,
            "display": f"{source.kind}: {source.says}",
            "citation": source.citation,
            "url": source.url,
        }
        for source in sources
    ]


def write_text(text: Text) -> str:
    """Return a text as its file has it: placeholders stay, parameters are written in."""
    return "".join(part if isinstance(part, str) else _placeholder(part) for part in text).strip()


def translated(name: str, texts: Mapping[str, str]) -> Json:
    """Return an element in the source language, with its translations as FHIR extensions."""
    extensions = [
        {
            "url": TRANSLATION,
            "extension": [
                {"url": "lang", "valueCode": language},
                {"url": "content", "valueString": texts[language]},
            ],
        }
        for language in sorted(texts.keys() - {SOURCE_LANGUAGE})
    ]
    return {name: texts[SOURCE_LANGUAGE], f"_{name}": {"extension": extensions}}


def said(name: str, card: CardDefinition, of: Callable[[CardText], Text]) -> Json:
    """Return an element that says a text of a card in every language."""
    texts = {language: write_text(of(text)) for language, text in card.texts.items()}
    return translated(name, texts)


def expression(text: str, description: str) -> Json:
    """Return an Expression that a person reads and no engine runs."""
    return {"description": description, "language": "text/plain", "expression": text}


def _placeholder(place: Placeholder) -> str:
    otherwise = "" if place.otherwise is None else f' | otherwise("{place.otherwise}")'
    return f"{{{{ {place.name}{otherwise} }}}}"
