"""The sections of a card file -> its words in one language."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from cds_service.content.files.markdown import Section, Sections
from cds_service.content.files.templates import (
    SUMMARY_LIMIT,
    Names,
    longest,
    parse_template,
    read_template,
    write_parameters,
    wrong_numbers,
)
from cds_service.content.files.words import Word, each, part, raise_all, read_all, wrong
from cds_service.content.languages import wrong_answer
from cds_service.core.knowledge import CardText, SuggestionText, Template, Words
from cds_service.core.wording import names_in
from cds_service.errors import KnowledgeError

FOR_ALL = "all"
_NOTE = re.compile(r"- ([A-Za-z]+) ([A-Za-z]+): (.+)")
Notes = dict[tuple[str, str], Template]


@dataclass(frozen=True)
class TextReader:
    """Reads the sections of one card file against the declared names and the language's words.

    Each of `variants` has a summary, each of `orders` a text; a note is on a fact of `noted`.
    """

    sections: Sections
    names: Names
    words: Words
    variants: tuple[str, ...]
    orders: tuple[str, ...]
    noted: Collection[str]

    def read_text(self, title: str, source_label: str) -> CardText:
        """Return the words of the card."""
        read_all(self)
        return CardText(
            title=title,
            source_label=source_label,
            summary=self.summary,
            detail=self.detail,
            names={variant: tuple(sorted(self._facts_in(variant))) for variant in self.variants},
            notes=self.notes,
            suggestions=self.suggestions,
            rationale=self.rationale,
            parameters=self._parameters(),
            findings=self.findings,
        )

    @part
    def summary(self) -> dict[str, Template]:
        """One sentence for each variant, short whatever is filled in."""
        parts = self.sections["Summary"]
        summary = self._by_variant("Summary", parts)
        raise_all(e for name, one in summary.items() for e in self._too_long(parts[name], one))
        return summary

    @part
    def detail(self) -> dict[str, Template]:
        """The text of each variant, with what all of them say behind it."""
        parts = {**self.sections["Detail"]}
        common = parts.pop(FOR_ALL, None)
        if common is None:
            return self._by_variant("Detail", parts)
        both = {name: own and own.saying(f"{own}\n\n{common}") for name, own in parts.items()}
        return self._by_variant("Detail", both)

    @part
    def suggestions(self) -> dict[str, SuggestionText]:
        """The label and the description of each suggestion."""
        parts = self.sections["Suggestions"]
        untold = (name for name in self.orders if name not in parts)
        missing = (wrong(parts[""], f"the suggestion `{name}` has no text") for name in untold)
        raise_all([*missing, *_strangers(parts, self.orders)])
        texts = each(lambda order: self._suggestion(parts[order]), self.orders)
        return dict(zip(self.orders, texts, strict=True))

    @part
    def notes(self) -> Notes:
        """What the card says of missing or doubtful data."""
        return self._notes("Missing data")

    @part
    def findings(self) -> Notes:
        """What the card says of answers, before what is missing."""
        return self._notes("Findings")

    @part
    def rationale(self) -> Template:
        """Why the card is as it is, with the numbers as their sources give them."""
        section = self._only("Rationale")
        if not section:
            raise wrong(section, "a card says why it is as it is")
        template = parse_template(section, self.names)
        raise_all(wrong_numbers(section, self.words))
        published = {name: one.as_published for name, one in self.names.parameters.items()}
        return write_parameters(template, replace(self.names, parameters=published), self.words)

    def _by_variant(self, heading: str, parts: Mapping[str, Word]) -> dict[str, Template]:
        raise_all(_strangers(parts, self.variants))
        for name in self.variants:
            if not parts.get(name):
                words = f"`{heading}` has no text for `{name or 'the card'}`"
                raise wrong(parts.get(name, parts[""]), words)
        templates = each(lambda name: self._template(parts[name]), self.variants)
        return dict(zip(self.variants, templates, strict=True))

    def _too_long(self, section: Section, template: Template) -> Iterator[KnowledgeError]:
        if "\n" in section:
            yield wrong(section, "a summary is one sentence on one line")
        length = longest(template, self.names, self.words)
        if length >= SUMMARY_LIMIT:
            words = f"this summary can reach {length} characters; it must stay under"
            yield wrong(section, f"{words} {SUMMARY_LIMIT}")

    def _suggestion(self, section: Section) -> SuggestionText:
        label, _, description = section.partition("\n")
        if not label or not description.strip():
            raise wrong(section, "a suggestion has a label line, then a description")
        texts = (section.saying(label), section.saying(description.strip()))
        return SuggestionText(*map(self._template, texts))

    def _notes(self, heading: str) -> Notes:
        if heading not in self.sections:
            return {}
        section, notes = self._only(heading), Notes()
        for line in filter(None, section.splitlines()):
            match = _NOTE.fullmatch(line)
            if match is None:
                raise wrong(section, "a line here is written `- fact answer: sentence`")
            fact, answer, sentence = match.groups()
            raise_all(wrong_answer(self.names.facts.get(fact), (fact, answer), section))
            if (fact, answer) in notes:
                raise wrong(section, f"the note on `{fact} {answer}` stands here twice")
            if fact not in self.noted:
                raise wrong(section, f"`{fact}` is in neither `when` nor `dataNotes`")
            notes[fact, answer] = self._template(section.saying(sentence))
        return notes

    def _only(self, heading: str) -> Section:
        """Return the text of a heading that has no subheadings."""
        parts = self.sections[heading]
        raise_all(_strangers(parts, ("",)))
        return parts[""]

    def _template(self, text: str) -> Template:
        return read_template(text, self.names, self.words)

    def _facts_in(self, variant: str) -> set[str]:
        """Return the facts that a variant and its suggestions write."""
        texts = [self.summary[variant], self.detail[variant]]
        for one in self.suggestions.values():
            texts += [one.label, one.description]
        return {name for text in texts for name in names_in(text)} & self.names.facts.keys()

    def _parameters(self) -> frozenset[str]:
        texts = [text for parts in self.sections.values() for text in parts.values()]
        return frozenset(
            name for name in self.names.parameters if any(f"{{{{ {name} }}}}" in t for t in texts)
        )


def _strangers(parts: Mapping[str, Word], known: Collection[str]) -> Iterator[KnowledgeError]:
    """Yield the subheadings, and the text before the first, that the card can never show."""
    for name, section in parts.items():
        if name and name not in known:
            yield wrong(section, f"`{name}` is not a subheading that this card can show")
    if parts[""] and "" not in known:
        yield wrong(parts[""], "text before the first subheading would never be shown")
