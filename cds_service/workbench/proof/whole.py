"""Proves the content by its cases, and tells all that is not proved at once.

Each card has a case that shows it and one that keeps it silent; every line of its rule, variant,
suggestion and note is needed by a case; every sentence has its origin, every number its source.
"""

from collections import Counter
from pathlib import Path

from cds_service.content.files.words import each, raise_all
from cds_service.content.knowledge import load_knowledge, load_sum
from cds_service.content.site.cause import blame_site
from cds_service.content.site.site import Site, load_site
from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.numbers import prove_numbers
from cds_service.workbench.proof.rules import prove_rules
from cds_service.workbench.proof.run import Content
from cds_service.workbench.proof.schedule import prove_schedule
from cds_service.workbench.proof.second_telling import codes_told_once
from cds_service.workbench.proof.topics import prove_topics
from cds_service.workbench.proof.tracing import prove_trace


def prove_codes(content: Content) -> Counter[str]:
    """Hold every code of ours against its second telling."""
    raise_all(() if content.site else codes_told_once(content.root))
    return Counter(codes=sum(map(len, content.knowledge.value_sets.values())))


# Each raises all that it finds, and returns how much it has proved.
PROOFS = (prove_rules, prove_schedule, prove_numbers, prove_codes, prove_trace, prove_topics)


def load_proved(root: Path, site_dir: Path | None) -> tuple[Knowledge, str]:
    """Return the content in force and what was proved of it; raise all that is not proved.

    Ours is proved alone first, so a proof that fails only in the sum is the site's to mend.
    """
    ours = load_knowledge(root)
    counts = prove_knowledge(ours, root)
    if site_dir is None:
        return ours, counts

    def prove(site: Site) -> tuple[Knowledge, str]:
        knowledge = load_sum(root, site)
        return knowledge, prove_knowledge(knowledge, root, site.root)

    return blame_site(load_site(site_dir, root), prove)


def prove_knowledge(knowledge: Knowledge, root: Path, site: Path | None = None) -> str:
    """Run every case and every proof; return what was proved, raise all that was not."""
    content = Content(knowledge, root, site)
    counts = sum(each(lambda proof: proof(content), PROOFS), Counter[str]())
    return (
        f"{len(knowledge.cards)} cards in {len(knowledge.words)} language(s), "
        f"{counts['cases']} cases, "
        f"{counts['statements']} statements and {counts['sentences']} sentences traced, "
        f"{len(knowledge.value_sets)} value sets with {counts['codes']} codes, "
        f"{len(knowledge.topics)} text patterns"
    )
