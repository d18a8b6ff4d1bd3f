"""A value set -> FHIR ValueSet; refuses to call our labels the display of a code system."""

from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.knowledge import Knowledge
from cds_service.core.vocabulary.value_sets import Code, ValueSet
from cds_service.workbench.export.elements import (
    Json,
    header,
    is_all_signed,
    status,
)

COMMENT = "http://hl7.org/fhir/StructureDefinition/valueset-concept-comments"
PREFIX_WORDS = "stands for every code that begins with it"


def value_set(content: ValueSet, knowledge: Knowledge) -> Json:
    """Return a value set: codes by system, each label as a designation, the rest as a comment."""
    included = [(knowledge.vocabulary.systems[i.system].name, i) for i in content.compose.include]
    sources = [f"- {name}: {include.source}" for name, include in included]
    defined = [f"- {n}, `{d}` ({d.source})" for n, include in included for d in include.expand_from]
    described = [content.description, "Codes were verified in:", "\n".join(sources)]
    described += ["By definition also:", "\n".join(defined)] if defined else []
    signed = is_all_signed(knowledge)
    return {
        **header("ValueSet", content.id, content.version, knowledge, is_signed=signed),
        **status(content.status),
        "title": content.title,
        "description": "\n\n".join(described),
        "copyright": content.copyright,
        "compose": {
            "include": [
                {"system": i.system, "concept": [_concept(code) for code in i.concept]}
                for _, i in included
            ]
        },
    }


def _concept(code: Code) -> Json:
    said = code.attributes
    said |= {"matchPrefix": PREFIX_WORDS} if code.match_prefix else {}
    said |= {"seventhCharacter": code.seventh_character} if code.seventh_character else {}
    said |= {"note": code.note} if code.note else {}
    comment = "; ".join(f"{name}: {value}" for name, value in said.items())
    return {
        "extension": [{"url": COMMENT, "valueString": comment}] if comment else [],
        "code": code.code,
        "designation": [{"language": SOURCE_LANGUAGE, "value": code.display}],
    }
