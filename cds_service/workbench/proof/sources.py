"""Proves that the sources a card lists are those its sentences cite; refuses to read sentences."""

from collections.abc import Mapping
from pathlib import Path

from cds_service.content.files.markdown import read_card_file
from cds_service.content.files.source import read_document
from cds_service.core.knowledge import CardDefinition, Knowledge


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
