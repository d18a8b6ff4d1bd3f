"""Proves that content tells the software of every value set and topic that it reads.

Without a value set the service would not see what the chart says and stay silent, so it starts
with complete content only. Content that answers no patient, such as that of a test, need not be.
A fact need not be declared: no card can ask for one that is not.
"""

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import VALUE_SETS
from cds_service.core.words.topics import TOPICS
from cds_service.errors import KnowledgeError


def check_complete(knowledge: Knowledge) -> None:
    """Raise at the first thing that the software reads and the content does not have."""
    files = {
        *(f"value-sets/{name}.yaml" for name in VALUE_SETS - knowledge.value_sets.keys()),
        *(f"text-patterns/{name}.yaml" for name in TOPICS - knowledge.topics.keys()),
    }
    for file in sorted(files):
        raise KnowledgeError(file, 1, "this file is missing")
