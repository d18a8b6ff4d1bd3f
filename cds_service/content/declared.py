"""Everything that cards may refer to, read and checked; refuses to know any card."""

from collections.abc import Mapping
from dataclasses import dataclass

from cds_service.content.files.templates import Names
from cds_service.core.knowledge import Citation, ReviewSchedule, Words
from cds_service.core.text.staging import Staging
from cds_service.core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Declared:
    """What cards may refer to; `scheduled` names the numbers of the review schedule."""

    names: Names
    scheduled: frozenset[str]
    evidence: Mapping[str, Citation]
    schedule: ReviewSchedule
    staging: Staging
    vocabulary: Vocabulary
    words: Mapping[str, Words]
