"""What a reviewer of a card sees, in named parts, each with its digest.

A part is over text as it stands in the files, comments too. Only facts, numbers and sources are
taken one by one, because a card uses a few of many.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.declared import Declared
from cds_service.content.files.strict_yaml import read_text
from cds_service.content.numbers import EvidenceItem
from cds_service.content.terms.topics import SHARED
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
Pieces = Iterable[tuple[str, str]]
"""Names and texts: of files, facts, numbers, sources."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All that cards share: what one of them reaches of it is part of what is signed."""

    declared: Declared
    services: Mapping[str, Service]

    def parts(self, card: CardDefinition) -> dict[str, ReviewedPart]:
        """Return each part of what a reviewer of this card sees."""
        facts, numbers, files = self._facts(card), self.numbers(card), self._files
        of = card.population.id if card.population else ""
        read_from = {resource_type for fact in facts for resource_type in fact.read_from}
        topics = sorted({name for fact in facts for name in fact.text_patterns})
        pieces: dict[str, Pieces] = {
            "text": files(f"{card.id}/card*.md"),
            "cases": files(
                f"{card.id}/cases/*.yaml", "cases/example-patient.yaml", f"cases/{of}.yaml"
            ),
            "population": files("populations.yaml") if of else (),
            "facts": map(_fact, facts),
            "numbers": map(_number, numbers),
            "schedule": files("schedules/**/*.yaml") if STUDIES in read_from else (),
            "staging": files("staging.yaml") if OBSERVATIONS in read_from else (),
            "words": files("words.*.yaml", "override-reasons.yaml"),
            "evidence": map(_source, self._sources(card, numbers)),
            "value sets": self._value_sets(facts),
            "text patterns": files(
                *(f"text-patterns/**/{name}.yaml" for name in topics),
                *(f"text-patterns/**/{name}.yaml" for name in (sorted(SHARED) if topics else ())),
            ),
            "actions": files(*(f"actions/{order.id}.yaml" for order in card.orders)),
            "services": ((s.id, s.hook) for s in self.services.values() if card.id in s.cards),
        }
        return {name: _part(found) for name, found in pieces.items()}

    def numbers(self, card: CardDefinition) -> list[Parameter]:
        """Return the numbers that a card writes or is decided by."""
        numbers = self.declared.names.parameters
        in_words = "".join(text for _, text in self._files("words.*.yaml"))
        used = card.numbers | {name for name in numbers if f"{{{{ {name} }}}}" in in_words}
        if any(STUDIES in fact.read_from for fact in self._facts(card)):
            used |= self.declared.scheduled[1].keys()
        return [number for name, number in numbers.items() if name in used]

    def _facts(self, card: CardDefinition) -> list[FactDeclaration]:
        languages = self.declared.words.values()
        phrases = [text for words in languages for text in words.phrases.values()]
        used = card.facts | {name for text in phrases for name in names_in(text)}
        return [fact for name, fact in self.declared.facts.items() if name in used]

    def _sources(self, card: CardDefinition, numbers: list[Parameter]) -> list[EvidenceItem]:
        cited = {*card.links, *(one.id for one in card.evidence), *(n.evidence for n in numbers)}
        return [source for name, source in self.declared.evidence.items() if name in cited]

    def _value_sets(self, facts: list[FactDeclaration]) -> Pieces:
        """Leave out the sets that only facts read which this card does not use."""
        used = {name for fact in facts for name in fact.value_sets}
        named = {name for fact in self.declared.facts.values() for name in fact.value_sets}
        for name, text in self._files("value-sets/*.yaml", "value-sets/*.csv", "value-sets/*.json"):
            if Path(name).stem not in named - used:
                yield name, text

    def _files(self, *patterns: str) -> Pieces:
        """Give our files, then those of the site."""
        site = self.declared.site
        roots = {"": self.declared.root, **({"site/": site.root} if site else {})}
        for prefix, root in roots.items():
            for path in (path for pattern in patterns for path in sorted(root.glob(pattern))):
                yield f"{prefix}{path.relative_to(root).as_posix()}", read_text(path, root)


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
