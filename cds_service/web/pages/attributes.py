"""The thirteen source attributes of 45 CFR 170.315(b)(11)(iv)(A) for a card."""

from typing import get_args

from msgspec import Struct

from cds_service.core.knowledge import CardDefinition, Citation, Knowledge, PatientAttribute
from cds_service.core.rule_words import spaced

REGULATION = "45 CFR 170.315(b)(11)(iv)(A)"
_STANDARDS = "as expressed in the standards in § 170.213"
# Patient attributes that the regulation calls otherwise than we do.
_AS_REGULATED = {
    "socialDeterminants": "social determinants of health data",
    "healthStatusAssessments": "health status assessments data",
}


class Statement(Struct, frozen=True, omit_defaults=True):
    """One sentence that answers a paragraph, with what it links to."""

    text: str
    url: str | None = None


class Attribute(Struct, frozen=True):
    """One paragraph of the regulation, answered for one card; there is always an answer."""

    number: int
    name: str
    answers: list[Statement]


def source_attributes(card: CardDefinition, knowledge: Knowledge) -> list[Attribute]:
    """Return the thirteen attributes, in the order and the words of the regulation."""
    released = f"Version {card.version} is a draft; it has not been released."
    if card.status == "active":
        released = f"Version {card.version}, released on {card.approval.approved_on}."
    answered = {
        "Bibliographic citation of the intervention (clinical research or guideline)": [
            cite(source) for source in card.evidence
        ],
        "Developer of the intervention (translation from clinical research or guideline)": (
            _developers(card, knowledge)
        ),
        "Funding source of the technical implementation for the intervention(s) development": [
            Statement(knowledge.publisher.funding)
        ],
        "Release and, if applicable, revision dates of the intervention or reference source": [
            Statement(released),
            Statement("The citations give the years of the sources."),
        ],
    }
    for attribute in get_args(PatientAttribute):
        words = _AS_REGULATED.get(attribute, spaced(attribute))
        answered[f"Use of {words} {_STANDARDS}"] = _uses(attribute, card, knowledge)
    return [Attribute(number, *one) for number, one in enumerate(answered.items(), start=1)]


def cite(source: Citation) -> Statement:
    """Return a source with its kind, which says how far to trust it."""
    return Statement(f"{source.citation} ({source.kind.replace('-', ' ')})", source.url)


def _developers(card: CardDefinition, knowledge: Knowledge) -> list[Statement]:
    developer, author = knowledge.publisher.developer, card.approval.author
    also = [Statement(f"Author of this card: {author}")] if author != developer else []
    return [Statement(developer), *also]


def _uses(
    attribute: PatientAttribute, card: CardDefinition, knowledge: Knowledge
) -> list[Statement]:
    """Return the facts of the card that are worked out from a patient attribute."""
    used = [
        Statement(f"Used for {fact.name}: {fact.meaning}")
        for name, fact in knowledge.facts.items()
        if name in card.facts and attribute in fact.patient_attributes
    ]
    return used or [Statement("Not used.")]
