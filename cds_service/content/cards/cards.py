"""<card-id>/card.md and its translations -> CardDefinition."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from msgspec.structs import asdict

from cds_service.content.cards.card_schema import CardFile, OrderFile, TranslationFile
from cds_service.content.cards.card_text import TextReader
from cds_service.content.cards.lengths import lengths
from cds_service.content.cards.populations import POPULATIONS, joined
from cds_service.content.cards.translation import other_findings, other_header, other_sections
from cds_service.content.cards.when import read_unless, read_when
from cds_service.content.declared import Declared
from cds_service.content.files.markdown import Sections, read_card_file
from cds_service.content.files.templates import wrong_marks
from cds_service.content.files.words import (
    each,
    part,
    raise_all,
    read_all,
    twice,
    unknown,
    wrong,
)
from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.core.approval import Approval
from cds_service.core.knowledge import CardDefinition, Group, OfferedOrder
from cds_service.core.texts import CardText
from cds_service.errors import KnowledgeError

Errors = Iterator[KnowledgeError]


@dataclass(frozen=True)
class CardReader:
    """Reads one card's folder in all languages against everything that cards may refer to."""

    folder: Path
    declared: Declared

    def read_card(self) -> CardDefinition:
        """Return the card; its sign-offs are not yet compared with its content."""
        read_all(self)
        header, evidence, facts = self.header, self.declared.evidence, self.declared.facts
        return CardDefinition(
            id=header.id,
            version=header.version,
            priority=header.priority,
            when=self.when,
            variant_fact=header.variants.by if header.variants else None,
            indicators=header.shown_as,
            noted_facts=self._noted(),
            orders=self.orders,
            evidence=tuple(evidence[name].as_citation for name in header.evidence),
            links=header.links,
            override_reasons=header.override_reasons,
            approval=Approval(header.author),
            digest="",
            texts=self.texts,
            about_orders=any(not facts[line.fact].read_from for line in self.when.lines),
            population=self.declared.populations.get(header.population or ""),
        )

    @part
    def file(self) -> tuple[CardFile, Sections]:
        return read_card_file(self.folder / "card.md", self.declared.root, CardFile)

    @part
    def header(self) -> CardFile:
        """The front matter, whose names are known."""
        header = self.file[0]
        raise_all(chain(self._wrong_names(header), self._wrong_variants(header)))
        return header

    @part
    def when(self) -> Group:
        """The rule of the card and of its population."""
        header = self.file[0]
        own = read_when(header.when, self.declared.names) if header.when else None
        if header.population is None and own:
            return own
        population = self.declared.populations.get(header.population or "")
        if population is None:
            raise wrong(header.population, f"`{header.population}` is not in {POPULATIONS}")
        return joined(population.when, own) if own else population.when

    @part
    def orders(self) -> tuple[OfferedOrder, ...]:
        return tuple(each(self._order, self.file[0].suggestions))

    @part
    def texts(self) -> dict[str, CardText]:
        """The words of the card in every language that there is."""
        languages, found = sorted(self.declared.words), self.folder.glob("card.*.md")
        for path in found:
            if (language := path.name.split(".")[1]) not in languages:
                name = str(path.relative_to(self.declared.root))
                raise KnowledgeError(name, 1, f"there is no words.{language}.yaml")
        return dict(zip(languages, each(self._text, languages), strict=True))

    @part
    def original(self) -> CardText:
        """The words in the language of card.md."""
        header, sections = self.file
        return self._read(sections, SOURCE_LANGUAGE, header.title, header.source.label)

    @part
    def words_for_all(self) -> None:
        """A choice that a text writes, and what is unknown, has its words in that language."""
        raise_all(
            error
            for language, text in self.texts.items()
            for error in chain(self._unnamed(language, text), self._unsaid(language, text))
        )

    def _unnamed(self, language: str, text: CardText) -> Errors:
        content = self.declared.languages[language]
        for name in sorted(text.facts):
            if self.declared.facts[name].choices and name not in content.choices:
                yield wrong((content.choices, content), f"`choices` has no words for {name}")

    def _unsaid(self, language: str, text: CardText) -> Errors:
        said = set.intersection(*(set(notes) for notes in text.notes.values()))
        tolerated = {line.fact for line in self.when.lines if line.shows_when_unknown}
        for name in self._noted():
            if name in tolerated and (name, "unknown") not in said:
                words = f"no sentence in `{language}` says that {name} is unknown (a line "
                words += f"`- {name} unknown: ...` under the missing data, or in the words files)"
                yield KnowledgeError(f"{self.folder.name}/card.md", 1, words)

    def _wrong_names(self, header: CardFile) -> Errors:
        if header.id != self.folder.name:
            yield wrong(header.id, f"the id must be the folder's name, `{self.folder.name}`")
        yield from wrong_marks(header.title, header.source.label)
        evidence = self.declared.evidence
        cited = (header.source.evidence, *header.evidence, *header.links)
        yield from unknown(cited, evidence, "`{}` is not in evidence.yaml")
        for name in header.links:
            if name in evidence and not evidence[name].url:
                yield wrong(name, f"`{name}` has no url to link to")
        reasons = self.declared.reasons
        if len(header.override_reasons) != reasons.on_a_card:
            words = f"a card offers {reasons.on_a_card} reasons to set it aside"
            yield wrong((header.override_reasons, header.id), words)
        offered = header.override_reasons
        yield from twice(offered)
        yield from unknown(offered, reasons.codes, "`{}` is not in override-reasons.yaml")
        yield from unknown(header.data_notes, self.declared.facts, "`{}` is not in facts.yaml")

    def _wrong_variants(self, header: CardFile) -> Errors:
        if header.variants is None:
            return
        fact, indicators = self.declared.facts.get(header.variants.by), header.variants.indicators
        if fact is None or not fact.choices:
            yield wrong(header.variants.by, "`by` names a choice of facts.yaml")
            return
        answers = {*fact.choices, *fact.may_be}
        for answer in sorted(answers ^ indicators.keys()):
            known = "is missing" if answer in answers else "is not an answer"
            yield wrong(header.variants, f"`{answer}` {known} of `{fact.name}`")

    def _order(self, item: OrderFile) -> OfferedOrder:
        order = self.declared.actions.get(item.order)
        if order is None:
            raise wrong(item.order, f"`{item.order}` is not under actions/")
        unless = each(lambda line: read_unless(line, self.declared.names), item.unless)
        return OfferedOrder(**asdict(order), unless=tuple(unless))

    def _text(self, language: str) -> CardText:
        path, root = self._translation(language)
        if path is None:
            return self.original
        original, sections = self.file
        header, translated = read_card_file(path, root, TranslationFile)
        raise_all(other_header(header, original))
        text = self._read(translated, language, header.title, header.source_label)
        errors = other_findings(header, text, self.original)
        is_ours = root == self.declared.root
        raise_all(chain(errors, other_sections(sections, translated) if is_ours else ()))
        return text

    def _translation(self, language: str) -> tuple[Path | None, Path]:
        """Return a card's file in a language and its root, the site's first; None for card.md."""
        site, root, card = self.declared.site, self.declared.root, self.folder.name
        file = f"{card}/card.{language}.md"
        if site and ((card, language) in site.texts or language in site.words):
            return site.root / file, site.above
        return None if language == SOURCE_LANGUAGE else root / file, root

    def _read(self, sections: Sections, language: str, title: str, label: str) -> CardText:
        names, words = self.declared.names, self.declared.words[language]
        header = self.file[0]
        orders = tuple(item.order for item in header.suggestions)
        shown_as, noted = tuple(header.shown_as), self._noted()
        text = TextReader(sections, names, words, shown_as, orders, noted).read_text(title, label)
        raise_all(self._too_long(sections, text, language))
        return text

    def _too_long(self, sections: Sections, text: CardText, language: str) -> Errors:
        """Yield each variant whose summary or detail can reach more than a reader takes in."""
        listed, names = self.declared.listed, self.declared.names
        most_words = listed.most_words.get(language)
        for one in lengths(self.folder.name, {language: text}, names, self.declared.words):
            for heading, reached, most, of in (
                ("Summary", one.characters, listed.most_characters, "characters"),
                ("Detail", one.words, most_words, "words"),
            ):
                if most and reached > most:
                    parts = sections[heading]
                    words = f"`{heading}` can reach {reached} {of} here;"
                    yield wrong(parts.get(one.variant, parts[""]), f"{words} at most {most}")

    def _noted(self) -> tuple[str, ...]:
        """Return the facts that the card may say a note on: any, while the rule cannot be read."""
        try:
            asked = [line.fact for line in self.when.lines]
        except KnowledgeError:
            asked = [*self.declared.facts]
        return tuple(dict.fromkeys([*asked, *self.file[0].data_notes]))
