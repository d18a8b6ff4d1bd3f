"""The folder `cards/` -> Knowledge; the one place that knows how the files lie together."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from cds_service.content.cards.actions import load_actions, prove_action
from cds_service.content.cards.cards import CardReader, missing_notes
from cds_service.content.cards.populations import check_all_named, load_populations
from cds_service.content.declared import Declared
from cds_service.content.files.strict_yaml import read_text, read_yaml
from cds_service.content.files.templates import Names
from cds_service.content.files.words import each, plain, raise_all, unknown, wrong
from cds_service.content.numbers import (
    check_value_sets,
    load_evidence,
    load_facts,
    load_parameters,
    with_published,
)
from cds_service.content.reviewed import Reviewed
from cds_service.content.schedule import load_schedule
from cds_service.content.services import ServicesFile, load_services
from cds_service.content.signatures import load_signatures, settle
from cds_service.content.site.cause import blame_site
from cds_service.content.site.codes import with_site_codes
from cds_service.content.site.numbers import (
    check_all_known,
    say_site_numbers,
    site_evidence,
    with_site_numbers,
)
from cds_service.content.site.site import Site, load_site, policy_of
from cds_service.content.site.words import load_languages, words_document
from cds_service.content.terms.staging import load_staging
from cds_service.content.terms.topics import load_text_patterns
from cds_service.content.terms.value_sets import load_vocabulary
from cds_service.core.knowledge import CardDefinition, Knowledge, Publisher, Service
from cds_service.core.text.topics import FreeText
from cds_service.errors import KnowledgeError

SCHEDULE = "schedules/femoral-head-review.yaml"
CONTENT_ENDINGS = (".yaml", ".md", ".json", ".csv")
NOT_CARDS = {"actions", "cases", "schedules", "text-patterns", "value-sets"}


def cards_directory(configured: Path | None) -> Path:
    """Return the folder of the content: the configured one, else the one that is shipped."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "cards"
    return configured or (shipped if shipped.is_dir() else package.parent / "cards")


def load_knowledge(root: Path, site_dir: Path | None = None) -> Knowledge:
    """Read and check everything under `root`, with a hospital's own folder where one is given.

    Raises `KnowledgeError` with file, line and plain words; its text has a line for each thing that
    is wrong, as far as one does not hide the other.
    """
    if site_dir is None:
        return load_sum(root, None)
    return blame_site(load_site(site_dir, root), partial(load_sum, root))


def load_sum(root: Path, site: Site | None) -> Knowledge:
    """Read and check `root` with a site's folder; an error may name our file for its fault."""
    declared = _declared(root, site)
    cards = _cards(root, declared, site)
    _check_all_used(root, site, cards, declared)
    content, services = _services(root, cards, declared)
    knowledge = Knowledge(
        digest=_digest(root, site),
        publisher=_publisher(root),
        topic_system=content.topic_system,
        most_cards=content.most_cards,
        always_shown=content.always_shown,
        services=services,
        prefetch_types={item.key: name for name, item in content.prefetch.items()},
        imaging_stand_ins=content.imaging_stand_ins,
        facts=declared.names.facts,
        parameters=declared.names.parameters,
        evidence=declared.evidence,
        schedule=declared.schedule,
        staging=declared.staging,
        cards=_settled(cards, Reviewed(root, site, declared, services)),
        words=declared.words,
        vocabulary=declared.vocabulary,
        site=policy_of(site) if site else None,
        free_text=FreeText(load_text_patterns(root)),
    )
    return plain(knowledge)


def _services(
    root: Path, cards: Mapping[str, CardDefinition], declared: Declared
) -> tuple[ServicesFile, Mapping[str, Service]]:
    content = read_yaml(root / "services.yaml", root, ServicesFile)
    return content, load_services(content, cards, declared.names.facts)


def _publisher(root: Path) -> Publisher:
    return read_yaml(root / "publisher.yaml", root, Publisher)


def _settled(cards: Mapping[str, CardDefinition], reviewed: Reviewed) -> dict[str, CardDefinition]:
    """Give each card the status that its sign-offs allow, and the line on a site's numbers."""
    root, site, settled = reviewed.root, reviewed.site, {}
    owners = (_publisher(root).developer, site.name if site else "")
    signatures = (*load_signatures(root, root, root), *(site.signatures if site else ()))
    for name, card in cards.items():
        signed = settle(card, reviewed.parts(card), signatures)
        numbers = reviewed.numbers(card)
        settled[name] = say_site_numbers(signed, numbers, reviewed.declared.words, owners)
    return settled


def _check_files(root: Path) -> None:
    for path in sorted(root.rglob("*.yml")):
        raise KnowledgeError(str(path.relative_to(root)), 1, "the ending must be .yaml")
    read_text(root / "words.en.yaml", root)


def _declared(root: Path, site: Site | None) -> Declared:
    _check_files(root)
    evidence = load_evidence(root / "evidence.yaml", root)
    facts = load_facts(root / "facts.yaml", root)
    ours = load_parameters(root / "parameters.yaml", root, evidence)
    shared = with_site_numbers(ours, site)
    schedule, scheduled = load_schedule(root / SCHEDULE, root, evidence, site)
    taken = [name for name in shared if name in {*scheduled, *facts, "hip"}]
    raise_all(wrong(n, f"the name `{n}` stands here twice or is a fact's") for n in taken)
    check_all_known({*shared, *scheduled}, site)
    numbers = with_published(shared | scheduled, root / "evidence.yaml", root)
    names = Names(facts, numbers)
    vocabulary = with_site_codes(load_vocabulary(root), site)
    words = load_languages(root, site, names, vocabulary.value_sets)
    check_value_sets(facts, vocabulary.value_sets)
    groups = {c.site_group for concepts in vocabulary.value_sets.values() for c in concepts}
    raise_all(unknown(schedule.site_groups, groups, "no code has the siteGroup `{}`"))
    staging = load_staging(root / "staging.yaml", root, evidence)
    evidence |= site_evidence(site)
    return Declared(names, frozenset(scheduled), evidence, schedule, staging, vocabulary, words)


def _cards(root: Path, declared: Declared, site: Site | None) -> dict[str, CardDefinition]:
    facts, recognise = declared.names.facts, declared.vocabulary.recognise
    actions = load_actions(root / "actions", root, facts, recognise)
    for order, document in actions.values():
        prove_action(order, document)
    populations = load_populations(root, declared.names)
    reader = CardReader(
        root, declared.names, declared.evidence, actions, populations, declared.words, site
    )
    folders = [
        path
        for path in sorted(root.iterdir())
        if path.is_dir() and path.name not in NOT_CARDS and not path.name.startswith(".")
    ]
    cards = {card.id: card for card in each(reader.read_card, folders)}
    check_all_named(populations, cards, root)
    offered = {order.id for card in cards.values() for order in card.orders}
    for name in sorted(actions.keys() - offered):
        raise actions[name][1].error("$", f"no card suggests the action `{name}`")
    return cards


def _check_all_used(
    root: Path, site: Site | None, cards: Mapping[str, CardDefinition], declared: Declared
) -> None:
    """A number that nothing uses is a mistake: it was meant for something."""
    used = {name for card in cards.values() for name in card.numbers}
    shared = [n for n in declared.names.parameters if n not in declared.scheduled]
    raise_all(unknown(shared, used, "no rule and no text uses the parameter `{}`"))
    _check_choices_written(root, site, cards, declared)
    for card in cards.values():
        for language, name in missing_notes(card, declared.names.facts, declared.words):
            raise KnowledgeError(
                f"{card.id}/card.md", 1, f"no sentence in `{language}` says that {name} is unknown"
            )


def _check_choices_written(
    root: Path, site: Site | None, cards: Mapping[str, CardDefinition], declared: Declared
) -> None:
    """A choice that a text writes has its words in the language of the text."""
    for card in cards.values():
        for language, text in card.texts.items():
            for name in sorted(text.facts):
                fact = declared.names.facts[name]
                if fact.choices and name not in declared.words[language].choices:
                    document = words_document(root, site, language)
                    raise document.error("$.choices", f"`choices` has no words for {name}")


def _digest(root: Path, site: Site | None) -> str:
    """Return the SHA-256 over every content file of ours and of a site, by name and bytes."""
    digest = hashlib.sha256()
    for folder in (root, *((site.root,) if site else ())):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and "cases" not in name.parts and path.suffix in CONTENT_ENDINGS:
                digest.update(f"{name}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
