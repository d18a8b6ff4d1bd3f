"""Proves that content tells the software of every fact, value set and topic that it can read.

Without a value set the service would not see what the chart says and stay silent, so it starts
with complete content only. Content that answers no patient, such as that of a test, need not be.
"""

from pathlib import Path

from cds_service.content.files.source import read_document
from cds_service.core.facts.table import FACTS
from cds_service.core.knowledge import Knowledge
from cds_service.core.record import VALUE_SETS
from cds_service.core.text.topics import TOPICS
from cds_service.errors import KnowledgeError


def check_complete(knowledge: Knowledge, root: Path) -> None:
    """Raise at the first thing that the software can read and `root` does not declare."""
    facts = sorted(FACTS.keys() - knowledge.facts.keys())
    if facts:
        words = f"these facts of the software are missing: {', '.join(facts)}"
        raise read_document(root / "facts.yaml", root).error("$", words)
    files = {
        *(f"value-sets/{name}.yaml" for name in VALUE_SETS - knowledge.value_sets.keys()),
        *(f"text-patterns/{name}.yaml" for name in TOPICS - knowledge.free_text.patterns.keys()),
    }
    for file in sorted(files):
        raise KnowledgeError(file, 1, "this file is missing")
