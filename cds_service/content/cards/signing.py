"""What a reviewer of a card sees, in named parts, each with a digest; signs nothing.

A part is over text as it stands in the files, comments too. Only facts, numbers and sources are
taken one by one, because a card uses a few of many.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.cards.cards import without_approval
from cds_service.content.declared import Declared
from cds_service.content.files.source import read_text
from cds_service.content.site.site import Site
from cds_service.core.decide import lines_of
from cds_service.core.knowledge import (
    CardDefinition,
    Evidence,
    FactDeclaration,
    Parameter,
    Service,
)
from cds_service.core.wording import names_in

STUDIES = "ImagingStudy"
OBSERVATIONS = "Observation"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All that cards share: what one of them reaches of it is part of what is signed."""

    root: Path
    site: Site | None
    declared: Declared
    services: Mapping[str, Service]

    def parts(self, card: CardDefinition) -> dict[str, str]:
        """Return the digest of each part of what a reviewer of this card sees."""
        facts = self._facts(card)
        numbers = self.numbers(card)
        return {
            "text": _digest(self._texts(card)),
            "cases": _digest(self._files(f"{card.id}/cases")),
            "facts": _digest(map(_fact, facts)),
            "numbers": _digest(map(_number, numbers)),
            "schedule": _digest(self._schedule(facts)),
            "staging": _digest(self._staging(facts)),
            "words": _digest(self._words()),
            "evidence": _digest(map(_source, self._sources(card, numbers))),
            "value sets": _digest(self._value_sets(facts)),
            "text patterns": _digest(self._text_patterns(facts)),
            "actions": _digest(
                line
                for order in card.orders
                for line in self._read(self.root / f"actions/{order.id}.yaml", self.root)
            ),
            "services": _digest(
                f"{service.id} {service.hook}"
                for service in self.services.values()
                if card.id in service.cards
            ),
        }

    def numbers(self, card: CardDefinition) -> list[Parameter]:
        """Return the numbers that a card writes or is decided by."""
        lines = [*lines_of(card.when), *(line for o in card.orders for line in o.unless)]
        used = {line.label.split()[-1] for line in lines if line.operator != "is"}
        used |= {name for text in card.texts.values() for name in text.parameters}
        in_words = "".join(self._words())
        used |= {name for name in self.declared.names.parameters if f"{{{{ {name} }}}}" in in_words}
        if _reads_studies(self._facts(card)):
            used |= self.declared.scheduled
        return [number for name, number in self.declared.names.parameters.items() if name in used]

    def _facts(self, card: CardDefinition) -> list[FactDeclaration]:
        used = {*card.used_facts}
        used |= {n for text in card.texts.values() for names in text.names.values() for n in names}
        used |= {
            n for w in self.declared.words.values() for t in w.phrases.values() for n in names_in(t)
        }
        return [fact for name, fact in self.declared.names.facts.items() if name in used]

    def _texts(self, card: CardDefinition) -> Iterable[str]:
        for path in sorted((self.root / card.id).glob("card*.md")):
            yield from (path.name, without_approval(read_text(path, self.root)))
        if self.site:
            for (card_id, language), path in sorted(self.site.texts.items()):
                if card_id == card.id:
                    yield from (language, without_approval(read_text(path, self.site.above)))

    def _schedule(self, facts: list[FactDeclaration]) -> Iterable[str]:
        if _reads_studies(facts):
            for path in sorted((self.root / "schedules").glob("*.yaml")):
                yield from self._read(path, self.root)
            yield from self._files("schedules/cases")

    def _staging(self, facts: list[FactDeclaration]) -> Iterable[str]:
        """Leave the staging systems out where no stage is used."""
        if any(OBSERVATIONS in fact.read_from for fact in facts):
            yield from self._read(self.root / "staging.yaml", self.root)

    def _words(self) -> Iterable[str]:
        for path in (*sorted(self.root.glob("words.*.yaml")), self.root / "override-reasons.yaml"):
            yield from self._read(path, self.root)
        for path in self.site.words.values() if self.site else ():
            yield from self._read(path, path.parent)

    def _sources(self, card: CardDefinition, numbers: list[Parameter]) -> list[Evidence]:
        cited = {source.id for source in card.evidence} | {number.evidence for number in numbers}
        return [
            source
            for name, source in self.declared.evidence.items()
            if name in {*cited, *card.links}
        ]

    def _value_sets(self, facts: list[FactDeclaration]) -> Iterable[str]:
        """Leave out the sets that only facts read which this card does not use."""
        used = {name for fact in facts for name in fact.value_sets}
        named = {name for fact in self.declared.names.facts.values() for name in fact.value_sets}
        left_out = named - used
        ours = sorted((self.root / "value-sets").glob("*.yaml"))
        theirs = sorted((self.site.root / "value-sets").glob("*")) if self.site else []
        for path in (*ours, *theirs):
            if path.stem not in left_out:
                yield from self._read(path, path.parent)

    def _text_patterns(self, facts: list[FactDeclaration]) -> Iterable[str]:
        used = {name for fact in facts for name in fact.text_patterns}
        folders = [self.root / "text-patterns", self.root / "text-patterns" / "cases"]
        for path in [folder / f"{name}.yaml" for name in sorted(used) for folder in folders]:
            yield from self._read(path, self.root)
        if used:
            yield from self._read(folders[0] / "negation.yaml", self.root)

    def _files(self, folder: str) -> Iterable[str]:
        for root in (self.root, *((self.site.root,) if self.site else ())):
            for path in sorted((root / folder).glob("*.yaml")):
                yield from self._read(path, root)

    def _read(self, path: Path, root: Path) -> tuple[str, str]:
        return path.name, read_text(path, root)


def _reads_studies(facts: list[FactDeclaration]) -> bool:
    """Tell whether the review schedule decides any of these facts."""
    return any(STUDIES in fact.read_from for fact in facts)


def _fact(fact: FactDeclaration) -> str:
    said = (fact.name, fact.kind.value, fact.choices, fact.unit, sorted(fact.may_be))
    return repr((*said, fact.read_from, fact.meaning, fact.absence))


def _source(source: Evidence) -> str:
    return repr((source.id, source.kind, source.citation, source.says, source.url))


def _number(number: Parameter) -> str:
    return repr((number.name, number.value, number.meaning, number.evidence))


def _digest(pieces: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(f"{len(piece)} {piece}\n".encode())
    return digest.hexdigest()
