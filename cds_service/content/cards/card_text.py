"""The sections of a card file -> its words in one language."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from cds_service.content.files.markdown import Section, Sections
from cds_service.content.files.templates import (
    Names,
    parse_template,
    read_template,
    write_parameters,
    wrong_numbers,
)
from cds_service.content.files.words import Word, each, part, raise_all, read_all, wrong
from cds_service.content.languages import lead_of, wrong_answer
from cds_service.core.knowledge import Words
from cds_service.core.texts import CardText, Notes, Spoken, SuggestionText, Template, in_turn
from cds_service.core.values import UNKNOWN
from cds_service.core.wording import names_in
from cds_service.errors import KnowledgeError

FOR_ALL = "all"
_NOTE = re.compile(r"- ([A-Za-z]+) ([A-Za-z]+): (.+)")


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
            findings=self.findings,
            notes=self.notes,
            spoken={variant: self._spoken(variant) for variant in self.variants},
            trust=self.trust,
            page=self.page,
            rationale=self.rationale,
            suggestions=self.suggestions,
            names={variant: tuple(sorted(self._facts_in(variant))) for variant in self.variants},
            parameters=self._parameters(),
        )

    @part
    def summary(self) -> dict[str, Template]:
        """One sentence for each variant."""
        parts = self.sections["Summary"]
        summary = self._by_variant("Summary", parts)
        broken = (one for one in parts.values() if "\n" in one)
        raise_all(wrong(one, "a summary is one sentence on one line") for one in broken)
        return summary

    @part
    def detail(self) -> dict[str, Template]:
        """The lines of each variant, with those that all of them say behind."""
        parts = {**self.sections["Detail"]}
        common = parts.pop(FOR_ALL, None)
        if common is None:
            return self._by_variant("Detail", parts)
        both = {name: own and own.saying(f"{own}\n{common}") for name, own in parts.items()}
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
    def notes(self) -> Mapping[str, Notes]:
        """What each variant says of missing or doubtful data; its own before the shared."""
        shared = {key: note for key, note in self.words.notes.items() if key[0] in self.noted}
        own = self._notes_by_variant("Missing data")
        return {name: {**shared, **notes} for name, notes in own.items()}

    @part
    def findings(self) -> Mapping[str, Notes]:
        """What each variant says of answers."""
        return self._notes_by_variant("Findings")

    @part
    def trust(self) -> Template:
        """One line on how far to trust the card."""
        section = self._only("Trust")
        raise_all([wrong(section, "this is one line")] if "\n" in section else ())
        return self._of_no_patient(section)

    @part
    def page(self) -> Template:
        """What stands on the card's page: why, from where, with which numbers."""
        return self._of_no_patient(self._only("Page"))

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

    def _spoken(self, variant: str) -> Spoken:
        notes, voids = self.notes[variant], self.words.said_first
        first = {key: note for key, note in notes.items() if key in voids}
        below = {key: note for key, note in notes.items() if key not in voids}
        return Spoken(
            first=in_turn(first, self.noted),
            findings=in_turn(self.findings[variant], self.noted),
            below=in_turn(below, self.noted),
            unknown=frozenset(name for name in self.noted if (name, UNKNOWN.value) in notes),
        )

    def _by_variant(self, heading: str, parts: Mapping[str, Word]) -> dict[str, Template]:
        raise_all(_strangers(parts, self.variants))
        for name in self.variants:
            if not parts.get(name):
                words = f"`{heading}` has no text for `{name or 'the card'}`"
                raise wrong(parts.get(name, parts[""]), words)
        templates = each(lambda name: self._template(parts[name]), self.variants)
        return dict(zip(self.variants, templates, strict=True))

    def _suggestion(self, section: Section) -> SuggestionText:
        label, _, description = section.partition("\n")
        if not label or not description.strip():
            raise wrong(section, "a suggestion has a label line, then a description")
        texts = (section.saying(label), section.saying(description.strip()))
        return SuggestionText(*map(self._template, texts))

    def _notes_by_variant(self, heading: str) -> dict[str, Notes]:
        """Return the sentences on answers of each variant: what all of them say, and its own."""
        parts = self.sections.get(heading, {})
        raise_all(_strangers(parts, ("", *self.variants)))
        notes = dict(zip(parts, each(self._notes, parts.values()), strict=True))
        return {name: {**notes.get("", {}), **notes.get(name, {})} for name in self.variants}

    def _notes(self, section: Section) -> Notes:
        notes: dict[tuple[str, str], Template] = {}
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
            lead = lead_of((fact, answer), self.words)
            notes[fact, answer] = self._template(section.saying(f"{lead}{sentence}"))
        return notes

    def _only(self, heading: str) -> Section:
        """Return the text of a heading that has no subheadings."""
        parts = self.sections[heading]
        raise_all(_strangers(parts, ("",)))
        return parts[""]

    def _template(self, text: str) -> Template:
        return read_template(text, self.names, self.words)

    def _of_no_patient(self, text: str) -> Template:
        """Return a text that writes parameters, but neither a fact nor the hip."""
        return read_template(text, replace(self.names, facts={}, others=frozenset()), self.words)

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
    if parts.get("") and "" not in known:
        yield wrong(parts[""], "text before the first subheading would never be shown")
