"""words.<language>.yaml -> the words that all cards share, proved complete."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated

from msgspec import Meta, field

from cds_service.content.files.markdown import without_origins
from cds_service.content.files.schema import File
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.templates import Names, parse_template, read_template, wrong_numbers
from cds_service.content.files.words import Word, place_of, raise_all, wrong
from cds_service.core.knowledge import FactDeclaration, FactKind, Words
from cds_service.core.record import Concept, Side, ValueSetId
from cds_service.core.wording import hip_key, write_phrase
from cds_service.errors import KnowledgeError
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
    "day": ("day", "month", "year"),
    "month": ("month", "year"),
    "year": ("year",),
    "range": ("earliest", "latest"),
}
FIXED_PHRASES = (
    "alsoApplies",
    "checkFirst",
    "colon",
    "draftLabel",
    "draftMeaning",
    "draftNotice",
    "pageLink",
)
SITE_VALUE = "siteValue"
SITE_VALUE_NAMES = frozenset({"site", "number", "ours"})
PHRASES = ("heldBack", SITE_VALUE, *FIXED_PHRASES)
UNITS = ("day", "month", "year", "age")
# The value sets whose codes a card writes, and the fact that it writes them by.
WRITTEN_CODES = (ValueSetId.FEMORAL_HEAD, ValueSetId.POSSIBLE)
CODE_FACT = "osteonecrosisCode"
SOURCE_LANGUAGE = "en"

Errors = Iterator[KnowledgeError]
Forms = Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]
Months = Annotated[tuple[str, ...], Meta(min_length=12, max_length=12)]


class OverrideReasonsFile(File, frozen=True):
    """override-reasons.yaml; a card offers `on_a_card` of the codes."""

    system: str
    source: str
    codes: tuple[str, ...]
    on_a_card: int


class WordsFile(File, frozen=True):
    """words.<language>.yaml."""

    language: str
    months: Months
    dates: dict[str, str]
    units: dict[str, Forms]
    hips: dict[str, str]
    choices: dict[str, dict[str, str]]
    phrases: dict[str, str]
    notes: dict[str, dict[str, str]]
    override_reasons: dict[str, str]
    numerals: tuple[str, ...]
    code_title: str = "{label} ({system} {code})"
    code_labels: dict[str, str] = field(default_factory=dict)


def read_language(path: Path, root: Path) -> WordsFile:
    """Read a language file; `root` is what file names in errors are relative to."""
    content = read_yaml(path, root, WordsFile)
    if path.name != f"words.{content.language}.yaml":
        raise wrong(content.language, "the language must be that of the file's name")
    return content


def load_words(
    content: WordsFile,
    names: Names,
    reasons: OverrideReasonsFile,
    value_sets: Mapping[str, tuple[Concept, ...]],
) -> Words:
    """Return the words of a language; every word that a card may need must be there."""
    raise_all(_wrong(content, names, reasons))
    words = Words(
        months=content.months,
        dates=content.dates,
        hips=content.hips,
        choices=content.choices | {CODE_FACT: _written_codes(content, value_sets)},
        units={unit: (forms[0], forms[-1]) for unit, forms in content.units.items()},
        phrases={
            name: parse_template(text, _names_for(name, names))
            for name, text in content.phrases.items()
        },
        notes={},
        override_reasons={
            code: Coding(code, reasons.system, content.override_reasons[code])
            for code in reasons.codes
        },
        numerals=content.numerals,
        said_first=_said_first(names.facts),
    )
    raise_all(error for text in texts_of(content).values() for error in wrong_numbers(text, words))
    notes = {
        (fact, answer): read_template(_shown((fact, answer), text, words), names, words)
        for fact, answers in content.notes.items()
        for answer, text in answers.items()
    }
    return replace(words, notes=notes)


def texts_of(content: WordsFile) -> dict[str, str]:
    """Return the sentences and choices of a language file by name, such as `choices.stage.one`."""
    tables = {f"notes.{fact}": answers for fact, answers in content.notes.items()}
    tables |= {f"choices.{fact}": answers for fact, answers in content.choices.items()}
    tables["phrases"] = content.phrases
    return {
        f"{of}.{name}": without_origins(text)
        for of, table in tables.items()
        for name, text in table.items()
    }


def lead_of(key: tuple[str, str], words: Words) -> str:
    """Return what stands before the note on an answer: words of its own where it is said first."""
    return write_phrase("checkFirst", words) if key in words.said_first else ""


def wrong_answer(fact: FactDeclaration | None, key: tuple[str, str], where: object) -> Errors:
    """Yield why a note is about an answer that no fact can give."""
    name, answer = key
    if fact is None:
        yield wrong(where, f"`{name}` is not in facts.yaml")
    elif answer not in (*fact.choices, *fact.may_be):
        yield wrong(where, f"`{answer}` is not an answer of `{name}`")


def _shown(key: tuple[str, str], text: str, words: Words) -> Word:
    place = place_of(text)
    shown = f"{lead_of(key, words)}{without_origins(text)}"
    return Word(shown, place.file, place.line)


def _said_first(facts: Mapping[str, FactDeclaration]) -> frozenset[tuple[str, str]]:
    return frozenset((name, answer) for name, fact in facts.items() for answer in fact.said_first)


def _names_for(phrase: str, names: Names) -> Names:
    """A site's number is written with its own three placeholders; other phrases with facts."""
    return Names({}, {}, SITE_VALUE_NAMES) if phrase == SITE_VALUE else names


def _wrong(content: WordsFile, names: Names, reasons: OverrideReasonsFile) -> Errors:
    hips = {hip_key(frozenset(hips)) for hips in SHOWN_TOGETHER}
    tables = (
        (content.hips, hips),
        (content.phrases, PHRASES),
        (content.override_reasons, reasons.codes),
        (content.dates, DATE_FORMS),
        (content.units, UNITS),
    )
    for table, wanted in tables:
        yield from _other_keys(table, wanted, content)
    yield from _wrong_phrases(content.phrases)
    for name, parts in DATE_FORMS.items():
        yield from _wrong_form(content.dates.get(name, ""), parts)
    for form in chain(*content.units.values()):
        yield from _wrong_form(form, ("number",))
    yield from _wrong_form(content.code_title, ("label", "system", "code"))
    yield from _wrong_choices(content, names.facts)
    for name, answers in content.notes.items():
        for answer, note in answers.items():
            yield from wrong_answer(names.facts.get(name), (name, answer), note)


def _wrong_phrases(phrases: Mapping[str, str]) -> Errors:
    for name, text in phrases.items():
        if name in FIXED_PHRASES and "{{" in text:
            yield wrong(text, "this phrase has no placeholders, not even hip")
        for needed in sorted(SITE_VALUE_NAMES) if name == SITE_VALUE else ():
            if f"{{{{ {needed} }}}}" not in text:
                yield wrong(text, f"this phrase must use {{{{ {needed} }}}}")


def _other_keys(table: Mapping[str, object], wanted: Iterable[str], above: object) -> Errors:
    """Yield the keys that a table lacks, and those that may not stand in it."""
    for name in sorted({*wanted} - table.keys()):
        yield wrong((table, above), f"`{name}` is missing")
    for name in sorted(table.keys() - {*wanted}):
        yield wrong(table[name], f"`{name}` is not a word that may stand here")


def _wrong_form(form: str, parts: tuple[str, ...]) -> Errors:
    """Each part stands in the form once, and nothing else."""
    example = " ".join(f"{{{part}}}" for part in parts)
    try:
        written = form.format(**{part: f"<{part}>" for part in parts})
    except (KeyError, ValueError, IndexError, AttributeError):
        yield wrong(form, f"this form may use {example} and nothing else")
        return
    if form and any(written.count(f"<{part}>") != 1 for part in parts):
        yield wrong(form, f"this form must use each of {example} once")


def _written_codes(
    content: WordsFile, value_sets: Mapping[str, tuple[Concept, ...]]
) -> dict[str, str]:
    """Return how each code that a card writes reads; a label without words stays as it is."""
    labels = content.code_labels
    return {
        concept.title: content.code_title.format(
            label=labels.get(concept.label, concept.label),
            system=labels.get(concept.system_name, concept.system_name),
            code=concept.code,
        )
        for name in WRITTEN_CODES
        for concept in value_sets.get(name, ())
    }


def _wrong_choices(content: WordsFile, facts: Mapping[str, FactDeclaration]) -> Errors:
    for name, words in content.choices.items():
        fact = facts.get(name)
        if fact is None or fact.kind is not FactKind.CHOICE:
            yield wrong((words, content), f"`{name}` is not a choice of facts.yaml")
        else:
            yield from _other_keys(words, fact.choices, content)
