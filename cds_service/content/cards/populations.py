"""populations.yaml: whom cards are about, stated once and joined with the rule of each card."""

from collections.abc import Mapping
from pathlib import Path

from cds_service.content.cards.card_schema import PopulationsFile
from cds_service.content.cards.when import WhenReader
from cds_service.content.files.source import read_document
from cds_service.content.files.templates import Names
from cds_service.core.knowledge import CardDefinition, Group, Population

POPULATIONS = "populations.yaml"


def load_populations(root: Path, names: Names) -> dict[str, Population]:
    """Read the populations by id; content may have none."""
    if not (root / POPULATIONS).exists():
        return {}
    document = read_document(root / POPULATIONS, root)
    reader = WhenReader(document, names.facts, names.parameters)
    populations: dict[str, Population] = {}
    for i, item in enumerate(document.read_as(PopulationsFile).populations):
        place = f"$.populations[{i}]"
        if item.id in populations:
            raise document.error(f"{place}.id", f"population `{item.id}` stands here twice")
        when = reader.read_when(item.when, f"{place}.when")
        populations[item.id] = Population(item.id, item.meaning, when)
    return populations


def check_all_named(
    populations: Mapping[str, Population], cards: Mapping[str, CardDefinition], root: Path
) -> None:
    """Raise where a population is nobody's."""
    named = {card.population.id for card in cards.values() if card.population}
    for i, name in enumerate(populations):
        if name not in named:
            document = read_document(root / POPULATIONS, root)
            raise document.error(f"$.populations[{i}]", f"no card is about the population `{name}`")


def joined(first: Group, second: Group) -> Group:
    """Return what both say as one group: their `all` lines together, and their `none` lines."""
    groups = [*_groups(first), *_groups(second)]
    every, none = (
        [member for group in groups if group.joined_by == joint for member in group.members]
        for joint in ("all", "none")
    )
    every += [group for group in groups if group.joined_by == "any"]
    every.sort(key=lambda member: isinstance(member, Group))
    found = (Group("all", tuple(every)), Group("none", tuple(none)))
    return Group("all", tuple(group for group in found if group.members))


def _groups(when: Group) -> tuple[Group, ...]:
    """Return the groups of a `when` that must all hold."""
    groups = tuple(member for member in when.members if isinstance(member, Group))
    is_top = when.joined_by == "all" and len(groups) == len(when.members)
    return groups if is_top else (when,)
