"""<card-id>/card.md and its translations -> CardDefinition; refuses to decide or to render."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cds_service.content.cards.actions import Action
from cds_service.content.cards.card_schema import CardFile
from cds_service.content.cards.card_text import TextReader
from cds_service.content.cards.populations import POPULATIONS, joined
from cds_service.content.cards.translation import check_same_sections, read_header
from cds_service.content.cards.when import WhenReader
from cds_service.content.files.markdown import Sections, read_card_file
from cds_service.content.files.source import Document
from cds_service.content.files.templates import Names, check_plain
from cds_service.content.site.site import Site
from cds_service.core.approval import Approval
from cds_service.core.knowledge import (
    CardDefinition,
    CardText,
    Citation,
    FactDeclaration,
    Group,
    OfferedOrder,
    Population,
    Words,
)
from cds_service.errors import KnowledgeError

SOURCE_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class CardReader:
    """Reads card folders against everything that cards may refer to."""

    root: Path
    names: Names
    evidence: Mapping[str, Citation]
    actions: Mapping[str, Action]
    populations: Mapping[str, Population]
    words: Mapping[str, Words]
    site: Site | None = None

    def read_card(self, directory: Path) -> CardDefinition:
        """Read one card in all languages; its sign-offs are not yet compared with its content."""
        document, sections = read_card_file(directory / "card.md", self.root)
        content = document.read_as(CardFile)
        self._check_header(document, content, directory.name)
        when = self._when(document, content)
        indicators = self._indicators(document, content)
        orders = self._orders(document, content)
        shown = tuple(indicators), tuple(order.id for order in orders)
        noted = _noted_facts(when, content)
        texts = self._texts(content, sections, noted, shown)
        return CardDefinition(
            id=content.id,
            version=content.version,
            priority=content.priority,
            when=when,
            variant_fact=content.variants.by if content.variants else None,
            indicators=indicators,
            noted_facts=noted,
            orders=orders,
            evidence=tuple(self.evidence[name] for name in content.evidence),
            links=tuple(content.links),
            approval=Approval(content.author),
            digest="",
            texts=texts,
            population=self.populations.get(content.population or ""),
        )

    def _when(self, document: Document, content: CardFile) -> Group:
        reader = self._when_reader(document)
        own = reader.read_when(content.when, "$.when") if content.when else None
        if content.population is None:
            if own is None:
                raise document.error("$", "a card says for whom it is: `population` or `when`")
            return own
        population = self.populations.get(content.population)
        if population is None:
            words = f"`{content.population}` is not in {POPULATIONS}"
            raise document.error("$.population", words)
        return joined(population.when, own) if own else population.when

    def _when_reader(self, document: Document) -> WhenReader:
        return WhenReader(document, self.names.facts, self.names.parameters)

    def _check_header(self, document: Document, content: CardFile, folder: str) -> None:
        if content.id != folder:
            raise document.error("$.id", f"the id must be the folder's name, `{folder}`")
        check_plain(content.title, partial(document.error, "$.title"))
        check_plain(content.source.label, partial(document.error, "$.source.label"))
        named = {f"$.evidence[{i}]": name for i, name in enumerate(content.evidence)}
        named |= {f"$.links[{i}]": name for i, name in enumerate(content.links)}
        named["$.source.evidence"] = content.source.evidence
        for place, name in named.items():
            if name not in self.evidence:
                raise document.error(place, f"`{name}` is not in evidence.yaml")
            if place.startswith("$.links") and not self.evidence[name].url:
                raise document.error(place, f"`{name}` has no url to link to")
        for i, name in enumerate(content.data_notes):
            if name not in self.names.facts:
                raise document.error(f"$.dataNotes[{i}]", f"`{name}` is not in facts.yaml")

    def _indicators(self, document: Document, content: CardFile) -> dict[str, str]:
        if (content.indicator is None) == (content.variants is None):
            raise document.error("$", "a card has either `indicator` or `variants`")
        if content.variants is None:
            return {"": content.indicator or ""}
        fact = self.names.facts.get(content.variants.by)
        if fact is None or not fact.choices:
            raise document.error("$.variants.by", "`by` names a choice of facts.yaml")
        answers = {*fact.choices, *fact.may_be}
        for answer in sorted(answers ^ content.variants.indicators.keys()):
            known = "is missing" if answer in answers else "is not an answer"
            raise document.error("$.variants.indicators", f"`{answer}` {known} of `{fact.name}`")
        return dict(content.variants.indicators)

    def _orders(self, document: Document, content: CardFile) -> tuple[OfferedOrder, ...]:
        orders = []
        for i, order in enumerate(content.suggestions):
            place = f"$.suggestions[{i}]"
            if order.order not in self.actions:
                raise document.error(f"{place}.order", f"`{order.order}` is not under actions/")
            reader = self._when_reader(document)
            unless = tuple(
                reader.read_unless(line, f"{place}.unless[{j}]")
                for j, line in enumerate(order.unless)
            )
            orders.append(replace(self.actions[order.order][0], unless=unless))
        return tuple(orders)

    def _texts(
        self,
        content: CardFile,
        sections: Sections,
        noted: tuple[str, ...],
        shown: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> dict[str, CardText]:
        directory = self.root / content.id
        for path in directory.glob("card.*.md"):
            if path.name.split(".")[1] not in self.words:
                name = str(path.relative_to(self.root))
                raise KnowledgeError(name, 1, f"there is no words.{path.name.split('.')[1]}.yaml")
        reader = TextReader(sections, self.names, self.words[SOURCE_LANGUAGE], noted)
        ours = reader.read_text(content.title, content.source.label, *shown)
        texts = {}
        for language in sorted(self.words):
            texts[language] = ours
            file = self._translation(content.id, language)
            if file:
                document, translated = read_card_file(*file)
                header = read_header(document, content)
                reader = TextReader(translated, self.names, self.words[language], noted)
                texts[language] = reader.read_text(header.title, header.source_label, *shown)
                _check_findings(document, texts[language], ours)
                if file[1] == self.root:
                    check_same_sections(sections, translated)
        return texts

    def _translation(self, card: str, language: str) -> tuple[Path, Path] | None:
        """Return a card's file in a language and its root, the site's first; None for card.md."""
        file = f"{card}/card.{language}.md"
        if self.site and ((card, language) in self.site.texts or language in self.site.words):
            return self.site.root / file, self.site.above
        return None if language == SOURCE_LANGUAGE else (self.root / file, self.root)


def missing_notes(
    card: CardDefinition, facts: Mapping[str, FactDeclaration], words: Mapping[str, Words]
) -> list[tuple[str, str]]:
    """Return (language, fact) where a noted fact may be unknown and no sentence would say so."""
    return [
        (language, name)
        for language, text in card.texts.items()
        for name in card.noted_facts
        if "unknown" in facts[name].may_be
        and (name, "unknown") not in {**words[language].notes, **text.notes}
        and any(line.fact == name and line.shows_when_unknown for line in card.when.lines)
    ]


def _check_findings(document: Document, text: CardText, source: CardText) -> None:
    for fact, answer in sorted(text.findings.keys() ^ source.findings.keys()):
        raise document.error("$", f"the finding `{fact} {answer}` stands in one language only")


def _noted_facts(when: Group, content: CardFile) -> tuple[str, ...]:
    asked = [line.fact for line in when.lines]
    return tuple(dict.fromkeys([*asked, *content.data_notes]))
