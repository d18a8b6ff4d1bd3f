"""The thirteen source attributes of 45 CFR 170.315(b)(11)(iv)(A) for a card."""

from collections.abc import Iterator

from msgspec import Struct

from cds_service.core.knowledge import CardDefinition, Citation, Knowledge, PatientAttribute

REGULATION = "45 CFR 170.315(b)(11)(iv)(A)"
_STANDARDS = "as expressed in the standards in § 170.213"
# Paragraphs (1) to (4), then (5) to (13), with the words of the regulation.
_ABOUT_THE_INTERVENTION = (
    "Bibliographic citation of the intervention (clinical research or guideline)",
    "Developer of the intervention (translation from clinical research or guideline)",
    "Funding source of the technical implementation for the intervention(s) development",
    "Release and, if applicable, revision dates of the intervention or reference source",
)
_USES: dict[PatientAttribute, str] = {
    "race": "race",
    "ethnicity": "ethnicity",
    "language": "language",
    "sexualOrientation": "sexual orientation",
    "genderIdentity": "gender identity",
    "sex": "sex",
    "dateOfBirth": "date of birth",
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
    answers: tuple[Statement, ...]


def source_attributes(card: CardDefinition, knowledge: Knowledge) -> tuple[Attribute, ...]:
    """Return the thirteen attributes, in the order of the regulation."""
    uses = (f"Use of {words} {_STANDARDS}" for words in _USES.values())
    names = (*_ABOUT_THE_INTERVENTION, *uses)
    answers = (
        tuple(cite(source) for source in card.evidence),
        tuple(_developers(card, knowledge)),
        (Statement(knowledge.publisher.funding),),
        tuple(_dates(card)),
        *(_use(attribute, card, knowledge) for attribute in _USES),
    )
    return tuple(
        Attribute(number, name, answer)
        for number, (name, answer) in enumerate(zip(names, answers, strict=True), start=1)
    )


def cite(source: Citation) -> Statement:
    """Return a source with its kind, which says how far to trust it."""
    return Statement(f"{source.citation} ({source.kind.replace('-', ' ')})", source.url)


def _developers(card: CardDefinition, knowledge: Knowledge) -> Iterator[Statement]:
    yield Statement(knowledge.publisher.developer)
    if card.approval.author != knowledge.publisher.developer:
        yield Statement(f"Author of this card: {card.approval.author}")


def _dates(card: CardDefinition) -> Iterator[Statement]:
    if card.status == "active":
        yield Statement(f"Version {card.version}, released on {card.approval.approved_on}.")
    else:
        yield Statement(f"Version {card.version} is a draft; it has not been released.")
    yield Statement("The citations give the years of the sources.")


def _use(
    attribute: PatientAttribute, card: CardDefinition, knowledge: Knowledge
) -> tuple[Statement, ...]:
    """Return the facts of the card that are worked out from a patient attribute."""
    users = [
        fact
        for name, fact in knowledge.facts.items()
        if name in card.facts and attribute in fact.patient_attributes
    ]
    used = tuple(Statement(f"Used for {fact.name}: {fact.meaning}") for fact in users)
    return used or (Statement("Not used."),)
