"""populations.yaml: whom cards are about, stated once and joined with the rule of each card."""

from pathlib import Path

from cds_service.content.cards.card_schema import PopulationFile
from cds_service.content.cards.when import read_when
from cds_service.content.files.strict_yaml import read_list
from cds_service.content.files.templates import Names
from cds_service.content.files.words import each, raise_all, twice
from cds_service.core.knowledge import Group, Population

POPULATIONS = "populations.yaml"


def load_populations(root: Path, names: Names) -> dict[str, Population]:
    """Read the populations by id; content may have none."""
    if not (root / POPULATIONS).exists():
        return {}
    items = read_list(root / POPULATIONS, root, PopulationFile)

    def read(item: PopulationFile) -> Population:
        return Population(item.id, item.meaning, read_when(item.when, names))

    raise_all(twice((item.id for item in items), "population "))
    return {population.id: population for population in each(read, items)}


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
