"""Proves that a card lists the sources its sentences cite, and that numbers are their source's."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cds_service.content.cards.cards import SOURCE_LANGUAGE
from cds_service.content.files.markdown import read_card_file
from cds_service.content.files.source import read_document
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import wrong
from cds_service.content.knowledge import SCHEDULE
from cds_service.content.numbers import EvidenceFile, ParametersFile, read_amount
from cds_service.content.schedule import ScheduleFile
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.core.wording import write_amount
from cds_service.errors import KnowledgeError

SITE_POLICY = "site-policy"


def prove_evidence(root: Path, knowledge: Knowledge, cited: Mapping[str, set[str]]) -> None:
    """Compare what is listed with what is cited; `cited` goes by card id, "" is no card's."""
    for card in knowledge.cards.values():
        _prove_card(root, card, cited[card.id])
    used = {source for sources in cited.values() for source in sources}
    numbers = knowledge.parameters.values()
    used |= {number.evidence for number in numbers}
    used |= {number.replaces.evidence for number in numbers if number.replaces}
    used |= {name for system in knowledge.staging.systems.values() for name in system.evidence}
    document = read_document(root / "evidence.yaml", root)
    for i, name in enumerate(knowledge.evidence):
        if name not in used:
            place = f"$.evidence[{i}]"
            words = f"no sentence, number or staging system cites the evidence `{name}`"
            raise document.error(place, words)


def _prove_card(root: Path, card: CardDefinition, cited: set[str]) -> None:
    document, _ = read_card_file(root / card.id / "card.md", root)
    listed = [source.id for source in card.evidence]
    for name in sorted(cited - {*listed}):
        raise document.error("$.evidence", f"a sentence of this card cites `{name}`: list it here")
    for i, name in enumerate(listed):
        if name not in cited:
            raise document.error(f"$.evidence[{i}]", f"no sentence of this card cites `{name}`")


def unsourced_numbers(knowledge: Knowledge, root: Path) -> Iterator[KnowledgeError]:
    """Yield each number that is said to be of a source which says another one, or none."""
    shared = read_yaml(root / "parameters.yaml", root, ParametersFile).parameters
    scheduled = read_yaml(root / SCHEDULE, root, ScheduleFile).parameters
    evidence = read_yaml(root / "evidence.yaml", root, EvidenceFile).evidence
    sources, words = {str(one.id): one for one in evidence}, knowledge.words[SOURCE_LANGUAGE]
    for item in (*shared, *scheduled):
        source, value = sources[item.evidence], read_amount(item.value)
        said = read_amount(source.numbers.get(item.name, ""))
        if source.kind != SITE_POLICY and value and said != value:
            says = write_amount(said, words) if said else f"no `{item.name}` in its `numbers`"
            yield wrong(
                item.value,
                f"`{source.id}` says {says}, not {write_amount(value, words)}: "
                "name the source that says it, or `evidence: site-policy`",
            )
    for one in evidence:
        for name, number in one.numbers.items():
            if name not in knowledge.parameters:
                yield wrong(number, f"no parameter is called `{name}`")
