"""Numbers, facts, schedule, evidence, services and shared words -> Libraries; runs none of them."""

from collections.abc import Iterator

from cds_service.core.knowledge import (
    Evidence,
    FactDeclaration,
    FactKind,
    Knowledge,
    Service,
    Words,
)
from cds_service.core.wording import write_amount
from cds_service.workbench.export.criteria import write_template, write_value
from cds_service.workbench.export.elements import (
    SOURCE_LANGUAGE,
    Json,
    citations,
    focus,
    header,
    is_all_signed,
    library_type,
)
from cds_service.workbench.export.staging import staging_lines

FACTS, PARAMETERS, SCHEDULE = "facts", "parameters", "femoral-head-review"
EVIDENCE, SERVICES, CODE_SYSTEMS = "evidence", "services", "code-systems"
STAGING = "staging"
TEXT_PATTERNS = "text-patterns"
_TYPES = {
    FactKind.CHOICE: "code",
    FactKind.QUANTITY: "Quantity",
    FactKind.DATE: "date",
    FactKind.PERIOD: "Duration",
    FactKind.TEXT: "string",
}


def libraries(knowledge: Knowledge) -> Iterator[Json]:
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
        **_library(SCHEDULE, "Imaging review schedule", knowledge),
        "version": knowledge.schedule.version,
        "description": _schedule(knowledge),
    }
    yield _library(SERVICES, "CDS services", knowledge) | {
        "description": "\n\n".join(_services(knowledge))
    }
    yield {
        **_library(CODE_SYSTEMS, "Code systems, and how their codes are read", knowledge),
        "description": "\n".join(f"- {line}" for line in _systems(knowledge)),
    }
    yield _staging(knowledge)
    yield _texts(knowledge)
    yield from (_language(language, knowledge) for language in knowledge.words)


def _texts(knowledge: Knowledge) -> Json:
    return {
        **_library(TEXT_PATTERNS, "Words recognised in free text", knowledge),
        "description": "\n\n".join(_text_words(knowledge)),
    }


def _text_words(knowledge: Knowledge) -> Iterator[str]:
    for words in knowledge.free_text.published:
        yield f"{words.title} ({words.id}, {words.version}, {words.status}): {words.description}"
        yield "\n".join(f"- {line}" for line in words.lines)


def _staging(knowledge: Knowledge) -> Json:
    return {
        **_library(STAGING, "Staging systems, and how text words them", knowledge),
        "description": "\n".join(f"- {line}" for line in staging_lines(knowledge.staging)),
    }


def _language(language: str, knowledge: Knowledge) -> Json:
    lines = _words(knowledge.words[language])
    return {
        **_library(f"words-{language}", f"Shared words, {language}", knowledge),
        "language": language,
        "description": "\n".join(f"- {line}" for line in lines),
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


def _cited(knowledge: Knowledge) -> list[Evidence]:
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


def _schedule(knowledge: Knowledge) -> str:
    schedule, words = knowledge.schedule, knowledge.words[SOURCE_LANGUAGE]
    lines = [
        f"- {phase.name}: every {write_amount(phase.interval, words)}"
        + (f" until {write_amount(phase.until, words)} after baseline" if phase.until else "")
        + (", not for a lesion whose recorded stage has advanced" if phase.stable_only else "")
        for phase in schedule.phases
    ]
    lines.append(f"- window: {write_amount(schedule.window, words)} either side of the due date")
    lines.append(f"- a review is: {', '.join(sorted(schedule.modalities))}")
    lines.append(f"- of: {', '.join(sorted(schedule.site_groups))}")
    return "\n".join(lines)


def _services(knowledge: Knowledge) -> Iterator[str]:
    yield f"At most {knowledge.most_cards} cards an answer."
    yield f"These always have a place: {', '.join(knowledge.always_shown)}."
    for service in knowledge.services.values():
        yield "\n".join(_service(service))
    stand_ins = knowledge.imaging_stand_ins.items()
    yield "\n".join(
        f"- stands in for imaging studies: {name}, {query}" for name, query in stand_ins
    )


def _service(service: Service) -> Iterator[str]:
    yield f"**{service.id}** ({service.hook} {service.hook_version}): {service.title}"
    yield f"- {service.description}"
    yield f"- {service.usage_requirements}"
    yield f"- cards: {', '.join(service.cards)}"
    yield from (f"- prefetch {key}: {query}" for key, query in service.prefetch.items())


def _systems(knowledge: Knowledge) -> Iterator[str]:
    for system in knowledge.code_systems:
        read_as = "".join(f"; {name}: {value}" for name, value in system.read_as)
        yield f"{system.name}, {system.url}, {system.copyright}{read_as}"


def _words(words: Words) -> Iterator[str]:
    yield from (f"phrase {name}: {write_template(t)}" for name, t in words.phrases.items())
    yield from (f"note, {f} is {a}: {write_template(t)}" for (f, a), t in words.notes.items())
    yield from (f"hip {name}: {text}" for name, text in words.hips.items())
    for fact, choices in words.choices.items():
        yield from (f"{fact} {answer}: {text}" for answer, text in choices.items())
    yield f"months: {', '.join(words.months)}"
    yield from (f"date, {form}: {text}" for form, text in words.dates.items())
    yield from (f"unit {unit}: {', '.join(forms)}" for unit, forms in words.units.items())
    yield f"numerals: {', '.join(words.numerals)}"
    for reason in words.override_reasons:
        yield f"override reason {reason.code} ({reason.system}): {reason.display}"
