"""Text with placeholders -> a checked template.

`{{ name }}` and `{{ name | otherwise("...") }}`, and nothing else.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from cds_service.content.files.words import raise_all, wrong
from cds_service.core.knowledge import FactDeclaration, FactKind, Parameter, Words
from cds_service.core.texts import Placeholder, Template
from cds_service.core.wording import write_amount
from cds_service.errors import KnowledgeError

SUMMARY_LIMIT = 140
_PLACEHOLDER = re.compile(r'\{\{ ([A-Za-z]+)(?: \| otherwise\("([^"{}]*)"\))? \}\}')
MARKS = re.compile(r"<[a-zA-Z/!]|!\[|\]\(")
_LONGEST_NUMBER = 3


@dataclass(frozen=True, slots=True)
class Names:
    """What a placeholder may name."""

    facts: Mapping[str, FactDeclaration]
    parameters: Mapping[str, Parameter]
    others: frozenset[str] = frozenset({"hip"})

    def __contains__(self, name: object) -> bool:
        return name in self.others or name in self.facts or name in self.parameters


def read_template(text: str, names: Names, words: Words) -> Template:
    """Return the template of a text that writes no number itself, its parameters filled in."""
    template = parse_template(text, names)
    raise_all(wrong_numbers(text, words))
    return write_parameters(template, names, words)


def parse_template(text: str, names: Names) -> Template:
    """Return the template; each placeholder is proved to name something that has a wording."""
    raise_all(wrong_marks(text))
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [text[end : match.start()], _placeholder(match, names, text)]
        end = match.end()
    parts.append(text[end:])
    for part in parts:
        if isinstance(part, str) and ("{{" in part or "}}" in part):
            form = '{{ name }} or {{ name | otherwise("text") }}'
            raise wrong(text, f"a placeholder is written {form}")
    return tuple(part for part in parts if part)


def wrong_marks(*texts: str) -> Iterator[KnowledgeError]:
    """Yield where a text holds HTML, an image or a link: no card may carry any."""
    for text in texts:
        if found := MARKS.search(text):
            yield wrong(text, f"HTML, images and links are not allowed here: `{found[0]}`")


def wrong_numbers(text: str, words: Words) -> Iterator[KnowledgeError]:
    """Yield where a number of days, months or years is written out: it has a name to use."""
    forms = sorted((unit.strip() for unit in unit_words(words)), key=len, reverse=True)
    units = "|".join(re.escape(form) for form in forms)
    numbers = "|".join([r"\d", *map(re.escape, words.numerals)])
    found = re.search(rf"(?<![A-Za-z])(?:{numbers})+[ -]?(?:{units})", text)
    if found:
        yield wrong(text, f"`{found[0]}` is a number in a sentence; declare it and write its name")


def unit_words(words: Words) -> list[str]:
    """Return every form of every unit without its number, and with its spaces."""
    return [form.format(number="") for forms in words.units.values() for form in forms]


def write_parameters(template: Template, names: Names, words: Words) -> Template:
    """Write the parameters, which no patient changes, into a template."""
    written: list[str | Placeholder] = []
    for part in template:
        now = part
        if isinstance(part, Placeholder) and part.name in names.parameters:
            now = write_amount(names.parameters[part.name].value, words)
        if isinstance(now, str) and written and isinstance(above := written[-1], str):
            written[-1] = above + now
        else:
            written.append(now)
    return tuple(written)


def longest(
    template: Template, names: Names, words: Words, measure: Callable[[str], int] = len
) -> int:
    """Return what the template can reach with any value of any fact: characters, or words.

    Characters are those of dates that are ranges, too; other measures are of complete data, where
    dates are days.
    """
    forms = ("day", "month", "year", "range") if measure is len else ("day", "month", "year")
    return measure(
        "".join(
            part if isinstance(part, str) else max(_values(part, names, words, forms), key=measure)
            for part in template
        )
    )


def _placeholder(match: re.Match[str], names: Names, text: str) -> Placeholder:
    name, otherwise = match.groups()
    if name not in names:
        raise wrong(text, f"`{name}` is not a fact, a parameter or `hip`")
    declaration = names.facts.get(name)
    if declaration and declaration.may_be and not otherwise:
        form = f'{{{{ {name} | otherwise("...") }}}}'
        raise wrong(text, f"`{name}` may have no value: write {form}")
    if otherwise is not None and not (declaration and declaration.may_be):
        raise wrong(text, f"`{name}` always has a value, so `otherwise` would never be read")
    return Placeholder(name, otherwise)


def _values(
    placeholder: Placeholder, names: Names, words: Words, forms: Collection[str]
) -> Iterator[str]:
    """Yield what may be written in a place, the longest of each kind at least."""
    yield placeholder.otherwise or ""
    if placeholder.name == "hip":
        yield from words.hips.values()
        return
    fact = names.facts[placeholder.name]
    match fact.kind:
        case FactKind.CHOICE:
            written = words.choices.get(fact.name, {})
            yield from (written.get(choice, choice) for choice in fact.choices)
        case FactKind.DATE:
            yield from _dates(words, forms)
        case FactKind.QUANTITY | FactKind.PERIOD:
            number = "0" * (2 * _LONGEST_NUMBER) + "–"
            yield from (
                form.format(number=number) for unit in words.units.values() for form in unit
            )
        case _:
            yield fact.longest


def _dates(words: Words, forms: Collection[str]) -> Iterator[str]:
    month = max(words.months, key=len)
    day = words.dates["day"].format(day="0" * 2, month=month, year="0" * 4)
    values = {"day": "0" * 2, "month": month, "year": "0" * 4, "earliest": day, "latest": day}
    yield from (words.dates[form].format_map(values) for form in forms)
