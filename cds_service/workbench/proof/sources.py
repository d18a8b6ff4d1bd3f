"""Proves that a card lists the sources its sentences cite, and that numbers are their source's."""

from collections import Counter
from collections.abc import Mapping

from cds_service.content.declared import SCHEDULE
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.words import raise_all, unknown, wrong
from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.content.numbers import EvidenceFile, EvidenceItem, ParametersFile, read_amount
from cds_service.content.schedule import ScheduleFile
from cds_service.core.wording import write_amount
from cds_service.workbench.proof.cases import Problems
from cds_service.workbench.proof.run import Content
from cds_service.workbench.proof.sentences import read_front_matter

SITE_POLICY = "site-policy"


def uncited_evidence(content: Content, cited: Mapping[str, set[str]]) -> Problems:
    """Yield what is listed and not cited, or cited and not listed; `cited` goes by card id.

    The shared notes stand under "", and need no list.
    """
    knowledge = content.knowledge
    for card_id in knowledge.cards:
        listed = read_front_matter(card_id, content.root).evidence
        for name in sorted(cited[card_id] - {*listed}):
            yield wrong(listed, f"a sentence of this card cites `{name}`: list it here")
        yield from unknown(listed, cited[card_id], "no sentence of this card cites `{}`")
    numbers = knowledge.parameters.values()
    used = {source for sources in cited.values() for source in sources}
    used |= {number.evidence for number in numbers}
    used |= {number.replaces.evidence for number in numbers if number.replaces}
    used |= {name for system in knowledge.staging.systems.values() for name in system.evidence}
    words = "no sentence, number or staging system cites the evidence `{}`"
    yield from unknown((one.id for one in _evidence(content)), used, words)


def prove_numbers(content: Content) -> Counter[str]:
    """Hold every number against the source that it is said to be of."""
    raise_all(_unsourced(content))
    return Counter()


def _unsourced(content: Content) -> Problems:
    """Yield each number that is said to be of a source which says another one, or none."""
    root, words = content.root, content.knowledge.words[SOURCE_LANGUAGE]
    shared = read_yaml(root / "parameters.yaml", root, ParametersFile).parameters
    scheduled = read_yaml(root / SCHEDULE, root, ScheduleFile).parameters
    sources = {str(one.id): one for one in _evidence(content)}
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
    for source in sources.values():
        for name, number in source.numbers.items():
            if name not in content.knowledge.parameters:
                yield wrong(number, f"no parameter is called `{name}`")


def _evidence(content: Content) -> tuple[EvidenceItem, ...]:
    return read_yaml(content.root / "evidence.yaml", content.root, EvidenceFile).evidence
