"""A value set -> FHIR ValueSet; refuses to call our labels the display of a code system."""

from collections.abc import Iterator

from cds_service.core.knowledge import Knowledge
from cds_service.core.vocabulary import Code, Definition, Filter, Include, ValueSet
from cds_service.workbench.export.elements import (
    SOURCE_LANGUAGE,
    Json,
    focus,
    header,
    is_all_signed,
)

COMMENT = "http://hl7.org/fhir/StructureDefinition/valueset-concept-comments"


def value_set(content: ValueSet, knowledge: Knowledge) -> Json:
    """Return a value set: codes by system, each label as a designation, the rest as a comment."""
    sources = [f"- {i.system_name}: {i.source}" for i in content.includes]
    defined = [line for i in content.includes for line in _definitions(i)]
    described = [content.description, "Codes were verified in:", "\n".join(sources)]
    described += ["By definition also:", "\n".join(defined)] if defined else []
    is_signed = is_all_signed(knowledge)
    return {
        **header("ValueSet", content.id, content.version, content.status, is_signed=is_signed),
        "title": content.title,
        "description": "\n\n".join(described),
        "useContext": focus(knowledge),
        "copyright": content.copyright,
        "compose": {
            "include": [
                {"system": i.system, "concept": [_concept(code) for code in i.codes]}
                for i in content.includes
            ]
        },
    }


def _concept(code: Code) -> Json:
    comment = "; ".join(f"{name}: {value}" for name, value in code.properties)
    extension = {"extension": [{"url": COMMENT, "valueString": comment}]} if comment else {}
    designation = [{"language": SOURCE_LANGUAGE, "value": code.label}]
    return {**extension, "code": code.code, "designation": designation}


def _definitions(include: Include) -> Iterator[str]:
    for definition in include.definitions:
        yield f"- {include.system_name}, `{_rule(definition)}` ({definition.source})"


def _rule(definition: Definition) -> str:
    rule = definition.rule
    return f"{rule.property} {rule.op} {rule.value}" if isinstance(rule, Filter) else rule
