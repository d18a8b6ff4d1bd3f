"""Everything that cards may refer to, read part by part.

What is wrong with one part hides nothing of the parts that can be read without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_service.content.answers import wrong_modalities
from cds_service.content.cards.actions import load_actions
from cds_service.content.cards.populations import load_populations
from cds_service.content.files.strict_yaml import read_yaml
from cds_service.content.files.templates import Names
from cds_service.content.files.words import each, part, raise_all, unknown, wrong
from cds_service.content.languages import OverrideReasonsFile, WordsFile, load_words
from cds_service.content.numbers import (
    EvidenceItem,
    load_evidence,
    load_facts,
    load_parameters,
    with_published,
)
from cds_service.content.schedule import load_schedule
from cds_service.content.services import ServicesFile
from cds_service.content.site.codes import with_site_codes
from cds_service.content.site.numbers import check_all_known, site_evidence, with_site_numbers
from cds_service.content.site.site import Site
from cds_service.content.site.words import read_languages, with_our_notice
from cds_service.content.terms.staging import load_staging
from cds_service.content.terms.topics import Patterns, load_text_patterns
from cds_service.content.terms.value_sets import load_vocabulary
from cds_service.core.knowledge import (
    FactDeclaration,
    OrderTemplate,
    Parameter,
    Population,
    Publisher,
    ReviewSchedule,
    Words,
)
from cds_service.core.vocabulary.vocabulary import Vocabulary
from cds_service.core.words.stages.staging import Staging
from cds_service.errors import KnowledgeError

SCHEDULE = "schedules/femoral-head-review.yaml"


@dataclass(frozen=True)
class Declared:
    """Reads our folder, with a hospital's own where there is one."""

    root: Path
    site: Site | None

    @part
    def endings(self) -> None:
        """A file with another ending would not be read."""
        raise_all(
            KnowledgeError(str(path.relative_to(self.root)), 1, "the ending must be .yaml")
            for path in sorted(self.root.rglob("*.yml"))
        )

    @part
    def our_evidence(self) -> dict[str, EvidenceItem]:
        return load_evidence(self.root)

    @part
    def facts(self) -> dict[str, FactDeclaration]:
        return load_facts(self.root)

    @part
    def shared(self) -> dict[str, Parameter]:
        """The numbers that any card may use."""
        return with_site_numbers(load_parameters(self.root, self.our_evidence), self.site)

    @part
    def scheduled(self) -> tuple[ReviewSchedule, dict[str, Parameter]]:
        """The review schedule and the numbers that it declares."""
        return load_schedule(self.root / SCHEDULE, self.root, self.our_evidence, self.site)

    @part
    def modalities_asked(self) -> None:
        """The modality of a review, as a fact, is any that the schedule counts."""
        raise_all(wrong_modalities(self.facts, self.scheduled[0]))

    @part
    def names(self) -> Names:
        """What a rule and a text may name."""
        scheduled = self.scheduled[1]
        taken = [name for name in self.shared if name in {*scheduled, *self.facts, "hip"}]
        raise_all(wrong(n, f"the name `{n}` stands here twice or is a fact's") for n in taken)
        check_all_known({*self.shared, *scheduled}, self.site)
        return Names(
            self.facts, with_published(self.shared | scheduled, self.our_evidence.values())
        )

    @part
    def vocabulary(self) -> Vocabulary:
        return with_site_codes(load_vocabulary(self.root), self.site)

    @part
    def languages(self) -> dict[str, WordsFile]:
        return read_languages(self.root, self.site)

    @part
    def reasons(self) -> OverrideReasonsFile:
        return read_yaml(self.root / "override-reasons.yaml", self.root, OverrideReasonsFile)

    @part
    def words(self) -> dict[str, Words]:
        against = (self.names, self.reasons, self.vocabulary.value_sets)
        words = each(lambda content: load_words(content, *against), self.languages.values())
        return with_our_notice(dict(zip(self.languages, words, strict=True)), self.site)

    @part
    def terms_named(self) -> None:
        """Facts name value sets that there are, and the schedule groups that a code has."""
        value_sets = self.vocabulary.value_sets
        named = [name for fact in self.facts.values() for name in fact.value_sets]
        raise_all(unknown(named, value_sets, "there is no value set `{}`"))
        concepts = (one for listed in value_sets.values() for one in listed)
        groups = {concept.site_group for concept in concepts}
        schedule, _ = self.scheduled
        raise_all(unknown(schedule.hips, groups, "no code has the siteGroup `{}`"))

    @part
    def staging(self) -> Staging:
        return load_staging(self.root / "staging.yaml", self.root, self.our_evidence)

    @part
    def patterns(self) -> Patterns:
        return load_text_patterns(self.root)

    @part
    def listed(self) -> ServicesFile:
        return read_yaml(self.root / "services.yaml", self.root, ServicesFile)

    @part
    def publisher(self) -> Publisher:
        return read_yaml(self.root / "publisher.yaml", self.root, Publisher)

    @part
    def actions(self) -> dict[str, OrderTemplate]:
        return load_actions(self.root, self.facts, self.vocabulary.recognise)

    @part
    def populations(self) -> dict[str, Population]:
        return load_populations(self.root, self.names)

    @property
    def evidence(self) -> Mapping[str, EvidenceItem]:
        """Our sources and the policy of the site."""
        return self.our_evidence | site_evidence(self.site)
