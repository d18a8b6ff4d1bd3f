"""Proves that every number is the one of the source that it is said to be of."""

from collections import Counter

from cds_service.content.declared import SCHEDULE
from cds_service.content.files.strict_yaml import read_list, read_yaml
from cds_service.content.files.words import raise_all, wrong
from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.content.numbers import EvidenceItem, ParameterFile, read_amount
from cds_service.content.schedule import ScheduleFile
from cds_service.core.wording import write_amount
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.run import Content

# Whose numbers need no source: ours, and those of a hospital's own folder.
OWN = frozenset({"service-default", "site-policy"})


def prove_numbers(content: Content) -> Counter[str]:
    """Hold every number against the source that it is said to be of."""
    raise_all(_unsourced(content))
    return Counter()


def _unsourced(content: Content) -> Problems:
    """Yield each number that is said to be of a source which says another one, or none."""
    root, words = content.root, content.knowledge.words[SOURCE_LANGUAGE]
    shared = read_list(root / "parameters.yaml", root, ParameterFile)
    scheduled = read_yaml(root / SCHEDULE, root, ScheduleFile).parameters
    evidence = read_list(root / "evidence.yaml", root, EvidenceItem)
    sources = {str(one.id): one for one in evidence}
    for item in (*shared, *scheduled):
        source, value = sources[item.evidence], read_amount(item.value)
        said = read_amount(source.numbers.get(item.name, ""))
        if source.kind not in OWN and value and said != value:
            says = write_amount(said, words) if said else f"no `{item.name}` in its `numbers`"
            yield wrong(
                item.value,
                f"`{source.id}` says {says}, not {write_amount(value, words)}: "
                "name the source that says it, or `evidence: service-default`",
            )
    for source in sources.values():
        for name, number in source.numbers.items():
            if name not in content.knowledge.parameters:
                yield wrong(number, f"no parameter is called `{name}`")
