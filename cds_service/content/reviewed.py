"""What a reviewer of a card sees, in named parts, each with its digest.

A part is over text as it stands in the files, comments too. Only facts, numbers and sources are
taken one by one, because a card uses a few of many.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.declared import Declared
from cds_service.content.files.strict_yaml import read_text
from cds_service.content.numbers import EvidenceItem
from cds_service.core.approval import ReviewedPart
from cds_service.core.knowledge import (
    CardDefinition,
    FactDeclaration,
    Parameter,
    Service,
)
from cds_service.core.wording import names_in

STUDIES = "ImagingStudy"
OBSERVATIONS = "Observation"
Pieces = Iterator[tuple[str, str]]
"""Names and texts: of files, facts, numbers, sources."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All that cards share: what one of them reaches of it is part of what is signed."""

    declared: Declared
    services: Mapping[str, Service]

    def parts(self, card: CardDefinition) -> dict[str, ReviewedPart]:
        """Return each part of what a reviewer of this card sees."""
        facts = self._facts(card)
        numbers = self.numbers(card)
        pieces: dict[str, Pieces] = {
            "text": self._files(card.id, "card*.md"),
            "cases": self._cases(card),
            "population": self._files(".", *["populations.yaml"] * (card.population is not None)),
            "facts": map(_fact, facts),
            "numbers": map(_number, numbers),
            "schedule": self._schedule(facts),
            "staging": self._staging(facts),
            "words": self._files(".", "words.*.yaml", "override-reasons.yaml"),
            "evidence": map(_source, self._sources(card, numbers)),
            "value sets": self._value_sets(facts),
            "text patterns": self._text_patterns(facts),
            "actions": self._files("actions", *(f"{order.id}.yaml" for order in card.orders)),
            "services": self._services(card),
        }
        return {name: _part(found) for name, found in pieces.items()}

    def numbers(self, card: CardDefinition) -> list[Parameter]:
        """Return the numbers that a card writes or is decided by."""
        used = {*card.numbers}
        in_words = "".join(text for _, text in self._files(".", "words.*.yaml"))
        used |= {name for name in self.declared.names.parameters if f"{{{{ {name} }}}}" in in_words}
        if _reads_studies(self._facts(card)):
            used |= self.declared.scheduled[1].keys()
        return [number for name, number in self.declared.names.parameters.items() if name in used]

    def _cases(self, card: CardDefinition) -> Pieces:
        yield from self._files(f"{card.id}/cases", "*.yaml")
        of_all = [f"{card.population.id}.yaml"] if card.population else []
        yield from self._files("cases", "example-patient.yaml", *of_all)

    def _facts(self, card: CardDefinition) -> list[FactDeclaration]:
        used = {*card.facts}
        used |= {
            n for w in self.declared.words.values() for t in w.phrases.values() for n in names_in(t)
        }
        return [fact for name, fact in self.declared.names.facts.items() if name in used]

    def _schedule(self, facts: list[FactDeclaration]) -> Pieces:
        if _reads_studies(facts):
            yield from self._files("schedules", "*.yaml")
            yield from self._files("schedules/cases", "*.yaml")

    def _staging(self, facts: list[FactDeclaration]) -> Pieces:
        """Leave the staging systems out where no stage is used."""
        if any(OBSERVATIONS in fact.read_from for fact in facts):
            yield from self._files(".", "staging.yaml")

    def _sources(self, card: CardDefinition, numbers: list[Parameter]) -> list[EvidenceItem]:
        cited = {source.id for source in card.evidence} | {number.evidence for number in numbers}
        return [
            source
            for name, source in self.declared.evidence.items()
            if name in {*cited, *card.links}
        ]

    def _value_sets(self, facts: list[FactDeclaration]) -> Pieces:
        """Leave out the sets that only facts read which this card does not use."""
        used = {name for fact in facts for name in fact.value_sets}
        named = {name for fact in self.declared.names.facts.values() for name in fact.value_sets}
        left_out = named - used
        for name, text in self._files("value-sets", "*.yaml", "*.csv", "*.json"):
            if Path(name).stem not in left_out:
                yield name, text

    def _text_patterns(self, facts: list[FactDeclaration]) -> Pieces:
        used = sorted({f"{name}.yaml" for fact in facts for name in fact.text_patterns})
        if used:
            yield from self._files("text-patterns", *used, "negation.yaml")
            yield from self._files("text-patterns/cases", *used)

    def _services(self, card: CardDefinition) -> Pieces:
        for service in self.services.values():
            if card.id in service.cards:
                yield service.id, service.hook

    def _files(self, folder: str, *patterns: str) -> Pieces:
        """Give our files of a folder, then those of the site."""
        site = self.declared.site
        roots = {"": self.declared.root, **({"site/": site.root} if site else {})}
        for prefix, root in roots.items():
            for path in (p for pattern in patterns for p in sorted((root / folder).glob(pattern))):
                name = path.relative_to(root).as_posix()
                yield f"{prefix}{name}", read_text(path, root)


def _reads_studies(facts: list[FactDeclaration]) -> bool:
    """Tell whether the review schedule decides any of these facts."""
    return any(STUDIES in fact.read_from for fact in facts)


def _fact(fact: FactDeclaration) -> tuple[str, str]:
    shape = (fact.kind.value, fact.choices, fact.unit, sorted(fact.may_be), fact.read_from)
    return fact.name, repr((*shape, fact.meaning, fact.absence))


def _number(number: Parameter) -> tuple[str, str]:
    return number.name, repr((number.value, number.meaning, number.evidence))


def _source(source: EvidenceItem) -> tuple[str, str]:
    said = (source.kind, source.citation, source.says, source.url, source.numbers)
    return source.id, repr(said)


def _part(pieces: Iterable[tuple[str, str]]) -> ReviewedPart:
    names, digest = [], hashlib.sha256()
    for name, text in pieces:
        names.append(name)
        digest.update(f"{len(name)} {name} {len(text)} {text}\n".encode())
    return ReviewedPart(tuple(names), digest.hexdigest())
