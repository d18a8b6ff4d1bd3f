"""The sections of a card file -> its words in one language; refuses to know when it is shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cds_service.content.files.markdown import Section, Sections
from cds_service.content.files.templates import (
    SUMMARY_LIMIT,
    Names,
    check_numbers,
    longest,
    parse_template,
    write_parameters,
)
from cds_service.content.languages import check_answer
from cds_service.core.knowledge import CardText, SuggestionText, Template, Words
from cds_service.core.wording import names_in

FOR_ALL = "all"
_NOTE = re.compile(r"- ([A-Za-z]+) ([A-Za-z]+): (.+)")


@dataclass(frozen=True, slots=True)
class TextReader:
    """Reads the sections of one card file against the declared names and the language's words."""

    sections: Sections
    names: Names
    words: Words
    noted: tuple[str, ...]

    def read_text(
        self,
        title: str,
        source_label: str,
        variants: tuple[str, ...],
        orders: tuple[str, ...],
    ) -> CardText:
        """Return the words of the card; each variant has a summary, each suggestion a text."""
        summary = self._by_variant("Summary", variants)
        detail = self._by_variant("Detail", variants)
        suggestions = self._suggestions(orders)
        shared = tuple(
            name
            for text in suggestions.values()
            for name in (*names_in(text.label), *names_in(text.description))
        )
        return CardText(
            title=title,
            source_label=source_label,
            summary=summary,
            detail=detail,
            names={
                variant: self._facts_in(summary[variant], detail[variant], shared)
                for variant in variants
            },
            notes=self._notes("Missing data"),
            suggestions=suggestions,
            rationale=self._rationale(),
            parameters=self._parameters(),
            findings=self._notes("Findings") if "Findings" in self.sections else {},
        )

    def _facts_in(
        self, summary: Template, detail: Template, shared: tuple[str, ...]
    ) -> tuple[str, ...]:
        names = {*names_in(summary), *names_in(detail), *shared}
        return tuple(sorted(name for name in names if name in self.names.facts))

    def _by_variant(self, heading: str, variants: tuple[str, ...]) -> dict[str, Template]:
        parts = self.sections[heading]
        common = parts.get(FOR_ALL) if heading == "Detail" else None
        self._check_subheadings(parts, {*variants} | ({FOR_ALL} if common else set()))
        templates = {}
        for variant in variants:
            section = parts.get(variant)
            if section is None or not section.text:
                at = section or parts[""]
                raise at.error(f"`{heading}` has no text for `{variant or 'the card'}`")
            text = f"{section.text}\n\n{common.text}" if common else section.text
            templates[variant] = self._template(section, text)
            if heading == "Summary":
                self._check_summary(section, templates[variant])
        return templates

    def _check_summary(self, section: Section, template: Template) -> None:
        if "\n" in section.text:
            raise section.error("a summary is one sentence on one line")
        length = longest(template, self.names, self.words)
        if length >= SUMMARY_LIMIT:
            raise section.error(
                f"this summary can reach {length} characters; it must stay under {SUMMARY_LIMIT}"
            )

    def _suggestions(self, orders: tuple[str, ...]) -> dict[str, SuggestionText]:
        parts = self.sections["Suggestions"]
        self._check_subheadings(parts, set(orders))
        texts = {}
        for order in orders:
            section = parts.get(order)
            if section is None:
                raise parts[""].error(f"the suggestion `{order}` has no text")
            label, _, description = section.text.partition("\n")
            if not label or not description.strip():
                raise section.error("a suggestion has a label line, then a description")
            texts[order] = SuggestionText(
                self._template(section, label), self._template(section, description.strip())
            )
        return texts

    def _notes(self, heading: str) -> dict[tuple[str, str], Template]:
        self._check_subheadings(self.sections[heading], {""})
        section = self.sections[heading][""]
        notes: dict[tuple[str, str], Template] = {}
        for line in filter(None, section.text.splitlines()):
            match = _NOTE.fullmatch(line)
            if match is None:
                raise section.error("a line here is written `- fact answer: sentence`")
            fact, answer, sentence = match.groups()
            check_answer(self.names.facts.get(fact), (fact, answer), section.error)
            if (fact, answer) in notes:
                raise section.error(f"the note on `{fact} {answer}` stands here twice")
            if fact not in self.noted:
                raise section.error(f"`{fact}` is in neither `when` nor `dataNotes`")
            notes[(fact, answer)] = self._template(section, sentence)
        return notes

    def _parameters(self) -> frozenset[str]:
        texts = (s.text for parts in self.sections.values() for s in parts.values())
        return frozenset(
            name for text in texts for name in self.names.parameters if f"{{{{ {name} }}}}" in text
        )

    def _rationale(self) -> Template:
        """Return why the card is as it is, with the numbers as their sources give them."""
        self._check_subheadings(self.sections["Rationale"], {""})
        section = self.sections["Rationale"][""]
        if not section.text:
            raise section.error("a card says why it is as it is")
        template = parse_template(section.text, self.names, section.error)
        check_numbers(section.text, self.words, section.error)
        published = {name: one.as_published for name, one in self.names.parameters.items()}
        return write_parameters(template, replace(self.names, parameters=published), self.words)

    def _check_subheadings(self, parts: Mapping[str, Section], known: set[str]) -> None:
        for name, section in parts.items():
            if name and name not in known:
                raise section.error(f"`{name}` is not a subheading that this card can show")
        if parts[""].text and "" not in known:
            raise parts[""].error("text before the first subheading would never be shown")

    def _template(self, section: Section, text: str) -> Template:
        template = parse_template(text, self.names, section.error)
        check_numbers(text, self.words, section.error)
        return write_parameters(template, self.names, self.words)
