"""A card -> PlanDefinition; refuses to shorten: every sentence of the card stands in it."""

from collections.abc import Iterator

from cds_service.core.knowledge import CardDefinition, Knowledge, OfferedOrder, Template
from cds_service.core.rule_words import rule_line, rule_list
from cds_service.core.wording import names_in
from cds_service.workbench.export.criteria import (
    as_expression,
    write_template,
    write_value,
)
from cds_service.workbench.export.elements import (
    SOURCE_LANGUAGE,
    TERMINOLOGY,
    URN,
    Json,
    canonical,
    citations,
    concept,
    expression,
    focus,
    header,
    translated,
)
from cds_service.workbench.export.libraries import FACTS, FILES, PARAMETERS

INDICATORS = "http://cds-hooks.hl7.org/CodeSystem/indicator"


def plan_definition(card: CardDefinition, knowledge: Knowledge) -> Json:
    """Return a card: when it is shown, in which variants, with which notes and suggestions."""
    approval = card.approval
    start = header(
        "PlanDefinition", card.id, card.version, card.status, is_signed=card.status == "active"
    )
    rationales = {
        language: f"{start['purpose']}\n\n{write_template(text.rationale)}"
        for language, text in card.texts.items()
    }
    signed: Json = {}
    if approval.approved_on:
        signed = {"date": approval.approved_on, "approvalDate": approval.approved_on}
    if approval.reviewers:
        signed["reviewer"] = [{"name": str(reviewer)} for reviewer in approval.reviewers]
    return {
        **start,
        "identifier": [
            {"system": knowledge.topic_system, "value": card.id},
            {"system": f"{URN}:content-digest", "value": card.digest},
        ],
        **translated("title", {name: text.title for name, text in card.texts.items()}),
        "type": concept(f"{TERMINOLOGY}/plan-definition-type", "eca-rule"),
        **translated("purpose", rationales),
        "useContext": focus(knowledge),
        **signed,
        "author": [{"name": approval.author}],
        "relatedArtifact": citations(card.evidence),
        "library": [canonical("Library", name) for name in (FACTS, PARAMETERS, FILES)],
        "action": [_card_action(card, knowledge)],
    }


def _card_action(card: CardDefinition, knowledge: Knowledge) -> Json:
    words = knowledge.words[SOURCE_LANGUAGE]
    hooks = [s.hook for s in knowledge.services.values() if card.id in s.cards]
    condition = expression(as_expression(card.when), "\n".join(rule_list(card.when, words)))
    labels = {name: text.source_label for name, text in card.texts.items()}
    dynamic = [_dynamic(name, knowledge) for name in _names(card)]
    return {
        "prefix": str(card.priority),
        **translated("title", {name: text.title for name, text in card.texts.items()}),
        "documentation": [
            {"type": "justification", **translated("display", labels)},
            *citations(card.evidence),
            *_links(card, knowledge),
        ],
        "trigger": [{"type": "named-event", "name": hook} for hook in dict.fromkeys(hooks)],
        "condition": [{"kind": "applicability", "expression": condition}],
        "input": [{"type": name} for name in _types(card, knowledge)],
        **({"dynamicValue": dynamic} if dynamic else {}),
        "action": [
            *(_variant(card, variant) for variant in card.indicators),
            *_notes(card, knowledge),
            *(_suggestion(card, order, knowledge) for order in card.orders),
        ],
    }


def _variant(card: CardDefinition, variant: str) -> Json:
    """Return one form of the card: the summary as title, the detail as description."""
    summaries = {name: write_template(text.summary[variant]) for name, text in card.texts.items()}
    details = {name: write_template(text.detail[variant]) for name, text in card.texts.items()}
    asked = f"{card.variant_fact} is {variant}"
    condition = {"kind": "applicability", "expression": expression(asked, f"`{asked}`")}
    return {
        **translated("title", summaries),
        **translated("description", details),
        "code": [concept(INDICATORS, card.indicators[variant])],
        **({"condition": [condition]} if card.variant_fact else {}),
    }


def _notes(card: CardDefinition, knowledge: Knowledge) -> Iterator[Json]:
    """Yield the lines that the card adds where a fact is found, missing or doubtful."""
    notes: dict[tuple[str, str, str], dict[str, str]] = {}
    for language, text in card.texts.items():
        for key, finding in text.findings.items():
            notes.setdefault(("Finding", *key), {})[language] = write_template(finding)
        for key, note in {**knowledge.words[language].notes, **text.notes}.items():
            notes.setdefault(("Note", *key), {})[language] = write_template(note)
    for (kind, fact, answer), texts in notes.items():
        if fact in card.noted_facts and SOURCE_LANGUAGE in texts:
            asked = f"{fact} is {answer}"
            yield {
                "title": f"{kind}, where {asked}",
                **translated("description", texts),
                "condition": [
                    {"kind": "applicability", "expression": expression(asked, f"`{asked}`")}
                ],
            }


def _suggestion(card: CardDefinition, order: OfferedOrder, knowledge: Knowledge) -> Json:
    texts = {name: text.suggestions[order.id] for name, text in card.texts.items()}
    words = knowledge.words[SOURCE_LANGUAGE]
    kept_back = [
        {
            "kind": "applicability",
            "expression": expression(f"none({line.label})", f"not: {rule_line(line, words).words}"),
        }
        for line in order.unless
    ]
    return {
        **translated("title", {n: write_template(t.label) for n, t in texts.items()}),
        **translated("description", {n: write_template(t.description) for n, t in texts.items()}),
        **({"condition": kept_back} if kept_back else {}),
        "definitionCanonical": canonical("ActivityDefinition", order.id),
    }


def _links(card: CardDefinition, knowledge: Knowledge) -> list[Json]:
    """Return the sources that the card links to."""
    sources = [knowledge.evidence[name] for name in card.links]
    return [{"type": "documentation", "label": s.id, "url": s.url} for s in sources]


def _names(card: CardDefinition) -> list[str]:
    """Return what the texts leave open and the numbers that they and the rule use."""
    text = card.texts[SOURCE_LANGUAGE]
    templates: list[Template] = [*text.summary.values(), *text.detail.values(), text.rationale]
    templates += [t for s in text.suggestions.values() for t in (s.label, s.description)]
    placed = {name for template in templates for name in names_in(template)}
    return sorted(placed | card.numbers)


def _dynamic(name: str, knowledge: Knowledge) -> Json:
    """Return a placeholder with its meaning, or a number with its value."""
    if name in knowledge.parameters:
        parameter = knowledge.parameters[name]
        said = f"{name} = {write_value(parameter.value)}"
        return {"path": "description", "expression": expression(said, parameter.meaning)}
    fact = knowledge.facts.get(name)
    meaning = fact.meaning if fact else "The hip or hips that the card is about."
    return {"path": "description", "expression": expression(f"{{{{ {name} }}}}", meaning)}


def _types(card: CardDefinition, knowledge: Knowledge) -> list[str]:
    return sorted({kind for name in card.facts for kind in knowledge.facts[name].read_from})
