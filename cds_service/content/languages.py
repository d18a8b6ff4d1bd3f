"""words.<language>.yaml -> Words, proved complete; refuses to know any card."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from cds_service.content.files.markdown import without_origins
from cds_service.content.files.schema import OverrideReasonsFile, WordsFile
from cds_service.content.files.source import Document
from cds_service.content.files.templates import (
    Fail,
    Names,
    check_numbers,
    parse_template,
    write_parameters,
)
from cds_service.core.knowledge import FactDeclaration, FactKind, Template, Words
from cds_service.core.record import FEMORAL_HEAD, POSSIBLE, Concept, Side
from cds_service.core.wording import hip_key
from cds_service.hooks import Coding

RIGHT, LEFT, UNRECORDED = Side.RIGHT, Side.LEFT, Side.UNRECORDED
SHOWN_TOGETHER = (
    {RIGHT},
    {LEFT},
    {UNRECORDED},
    {RIGHT, LEFT},
    {RIGHT, UNRECORDED},
    {LEFT, UNRECORDED},
)
DATE_FORMS = {
    "day": "{day} {month} {year}",
    "month": "{month} {year}",
    "year": "{year}",
    "range": "{earliest} {latest}",
}
FIXED_PHRASES = ("draftNotice", "draftLabel", "alsoApplies", "colon")
SITE_VALUE = "siteValue"
SITE_VALUE_NAMES = frozenset({"site", "number", "ours"})
PHRASES = ("basis", "heldBack", SITE_VALUE, *FIXED_PHRASES)
UNITS = ("day", "month", "year", "age")
CODE_TITLE = {"codeTitle": "{label} {system} {code}"}
# The value sets whose codes a card writes, and the fact that it writes them by.
WRITTEN_CODES = (FEMORAL_HEAD, POSSIBLE)
CODE_FACT = "osteonecrosisCode"


def load_words(
    document: Document,
    names: Names,
    reasons: OverrideReasonsFile,
    value_sets: Mapping[str, tuple[Concept, ...]],
) -> Words:
    """Read a language file; every word that a card may need must be there."""
    content = document.read_as(WordsFile)
    _check_complete(document, content, reasons)
    _check_keys(document, "$.dates", content.dates, set(DATE_FORMS))
    _check_forms(document, "$.dates", content.dates, DATE_FORMS)
    _check_units(document, content.units)
    _check_choices(document, content.choices, names.facts)
    words = Words(
        months=tuple(content.months),
        dates=content.dates,
        hips=content.hips,
        choices=content.choices | _written_codes(document, content, value_sets),
        units={unit: (forms[0], forms[-1]) for unit, forms in content.units.items()},
        phrases={
            name: parse_template(
                text, _names_for(name, names), partial(document.error, f"$.phrases.{name}")
            )
            for name, text in content.phrases.items()
        },
        notes=read_notes(document, content.notes, names),
        override_reasons=tuple(
            Coding(code, reasons.system, content.override_reasons[code]) for code in reasons.codes
        ),
        numerals=tuple(content.numerals),
    )
    for place, text in texts_of(content).items():
        check_numbers(text, words, partial(document.error, place))
    notes = {key: write_parameters(note, names, words) for key, note in words.notes.items()}
    return replace(words, notes=notes)


def texts_of(content: WordsFile) -> dict[str, str]:
    """Return the sentences and choices of a language file by place."""
    tables = {f"$.notes.{fact}": answers for fact, answers in content.notes.items()}
    tables |= {f"$.choices.{fact}": answers for fact, answers in content.choices.items()}
    tables["$.phrases"] = content.phrases
    return {
        f"{at}.{name}": without_origins(text)
        for at, table in tables.items()
        for name, text in table.items()
    }


def _names_for(phrase: str, names: Names) -> Names:
    """A site's number is written with its own three placeholders; other phrases with facts."""
    return Names({}, {}, SITE_VALUE_NAMES) if phrase == SITE_VALUE else names


def _check_complete(document: Document, content: WordsFile, reasons: OverrideReasonsFile) -> None:
    if Path(document.file).name != f"words.{content.language}.yaml":
        raise document.error("$.language", "the language must be that of the file's name")
    hip_keys = {hip_key(frozenset(hips)) for hips in SHOWN_TOGETHER}
    _check_keys(document, "$.hips", content.hips, hip_keys)
    _check_keys(document, "$.phrases", content.phrases, set(PHRASES))
    _check_keys(document, "$.overrideReasons", content.override_reasons, set(reasons.codes))
    if len(content.months) != 12:
        raise document.error("$.months", "a year has twelve months")
    _check_phrases(document, content.phrases)


def _check_phrases(document: Document, phrases: Mapping[str, str]) -> None:
    for name in FIXED_PHRASES:
        if "{{" in phrases[name]:
            raise document.error(
                f"$.phrases.{name}", "this phrase has no placeholders, not even hip"
            )
    for name in sorted(SITE_VALUE_NAMES):
        if f"{{{{ {name} }}}}" not in phrases[SITE_VALUE]:
            words = f"this phrase must use {{{{ {name} }}}}"
            raise document.error(f"$.phrases.{SITE_VALUE}", words)


def read_notes(
    document: Document, notes: Mapping[str, Mapping[str, str]], names: Names
) -> dict[tuple[str, str], Template]:
    """Return the notes by (fact, answer)."""
    read = {}
    for fact, answers in notes.items():
        for answer, text in answers.items():
            place = f"$.notes.{fact}.{answer}"
            fail = partial(document.error, place)
            check_answer(names.facts.get(fact), (fact, answer), fail)
            read[(fact, answer)] = parse_template(without_origins(text), names, fail)
    return read


def check_answer(fact: FactDeclaration | None, key: tuple[str, str], fail: Fail) -> None:
    """Raise where a note is about an answer that the fact cannot give."""
    name, answer = key
    if fact is None:
        raise fail(f"`{name}` is not in facts.yaml")
    if answer not in (*fact.choices, *fact.may_be):
        raise fail(f"`{answer}` is not an answer of `{name}`")


def _check_keys(document: Document, place: str, given: Iterable[str], wanted: set[str]) -> None:
    have = set(given)
    for name in sorted(wanted - have):
        raise document.error(place, f"`{name}` is missing")
    for name in sorted(have - wanted):
        raise document.error(f"{place}.{name}", f"`{name}` is not a word that may stand here")


def _check_forms(
    document: Document, table: str, forms: Mapping[str, str], examples: Mapping[str, str]
) -> None:
    """Each form may use the parts of its example, each once, and nothing else."""
    for form, example in examples.items():
        place = f"{table}.{form}"
        parts = example.replace("{", "").replace("}", "").split()
        try:
            written = forms[form].format(**{part: f"<{part}>" for part in parts})
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            raise document.error(place, f"this form may use {example} and nothing else") from error
        if any(written.count(f"<{part}>") != 1 for part in parts):
            raise document.error(place, f"this form must use each of {example} once")


def _check_units(document: Document, units: Mapping[str, list[str]]) -> None:
    _check_keys(document, "$.units", units, set(UNITS))
    for unit, forms in units.items():
        if len(forms) not in (1, 2):
            words = "a unit has a singular and a plural, or one form for both"
            raise document.error(f"$.units.{unit}", words)
        for form in forms:
            _check_forms(document, "$.units", {unit: form}, {unit: "{number}"})


def _written_codes(
    document: Document, content: WordsFile, value_sets: Mapping[str, tuple[Concept, ...]]
) -> dict[str, dict[str, str]]:
    """Return how each code that a card writes reads; a label without words stays as it is."""
    _check_forms(document, "$", {"codeTitle": content.code_title}, CODE_TITLE)
    concepts = [concept for name in WRITTEN_CODES for concept in value_sets.get(name, ())]
    labels = content.code_labels
    written = {
        concept.title: content.code_title.format(
            label=labels.get(concept.label, concept.label),
            system=labels.get(concept.system_name, concept.system_name),
            code=concept.code,
        )
        for concept in concepts
    }
    return {CODE_FACT: written}


def _check_choices(
    document: Document,
    choices: Mapping[str, Mapping[str, str]],
    facts: Mapping[str, FactDeclaration],
) -> None:
    for name, words in choices.items():
        fact = facts.get(name)
        if fact is None or fact.kind is not FactKind.CHOICE:
            raise document.error(f"$.choices.{name}", f"`{name}` is not a choice of facts.yaml")
        _check_keys(document, f"$.choices.{name}", words, set(fact.choices))
