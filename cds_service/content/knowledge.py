"""The folder `cards/` -> Knowledge; the one place that knows how the files lie together."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cds_service.content.cards.cards import CardReader
from cds_service.content.declared import Declared
from cds_service.content.files.words import each, part, plain, raise_all, read_all, unknown
from cds_service.content.reviewed import Reviewed
from cds_service.content.services import load_services
from cds_service.content.signatures import load_signatures, settle
from cds_service.content.site.cause import blame_site
from cds_service.content.site.numbers import say_site_numbers
from cds_service.content.site.site import Site, load_site, policy_of
from cds_service.core.approval import Signature
from cds_service.core.knowledge import CardDefinition, Knowledge, Service
from cds_service.core.words.stages.staging import STAGING
from cds_service.errors import KnowledgeError

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
    declared = Declared(root, site)
    content = ContentReader(declared)
    each(read_all, (declared, content))
    listed, (schedule, _) = declared.listed, declared.scheduled
    prefetch = listed.prefetch
    knowledge = Knowledge(
        digest=_digest(root, site),
        publisher=declared.publisher,
        topic_system=listed.topic_system,
        most_cards=listed.most_cards,
        services=content.services,
        prefetch_types={item.key: name for name, item in prefetch.items()},
        lean_prefetch=listed.lean_prefetch,
        imaging_stand_ins=listed.imaging_stand_ins,
        page_sizes={name: one.page_size for name, one in prefetch.items() if one.page_size},
        facts=declared.facts,
        parameters=declared.names.parameters,
        evidence={name: source.as_citation for name, source in declared.evidence.items()},
        schedule=schedule,
        staging=declared.staging,
        cards=content.settled(),
        words=declared.words,
        vocabulary=declared.vocabulary,
        site=policy_of(site) if site else None,
        topics=declared.patterns.patterns(),
        lexicon=declared.patterns.lexicon({STAGING: declared.staging.tables}),
    )
    return plain(knowledge)


@dataclass(frozen=True)
class ContentReader:
    """Reads the cards and the services, which show them."""

    declared: Declared

    @part
    def cards(self) -> dict[str, CardDefinition]:
        """Return the cards by id; what they share is used by one of them."""
        declared = self.declared
        folders = [
            path
            for path in sorted(declared.root.iterdir())
            if path.is_dir() and path.name not in NOT_CARDS and not path.name.startswith(".")
        ]
        cards = each(lambda folder: CardReader(folder, declared).read_card(), folders)
        raise_all(_unused(cards, declared))
        return {card.id: card for card in cards}

    @part
    def services(self) -> dict[str, Service]:
        return load_services(self.declared.listed, self.cards, self.declared.facts)

    @part
    def signatures(self) -> tuple[Signature, ...]:
        root, site = self.declared.root, self.declared.site
        return (*load_signatures(root, root, root), *(site.signatures if site else ()))

    def settled(self) -> dict[str, CardDefinition]:
        """Give each card the status that its sign-offs allow, and the line on a site's numbers."""
        declared, reviewed = self.declared, Reviewed(self.declared, self.services)
        owners = (declared.publisher.developer, declared.site.name if declared.site else "")
        settled = {}
        for name, card in self.cards.items():
            signed = settle(card, reviewed.parts(card), self.signatures)
            settled[name] = say_site_numbers(signed, reviewed.numbers(card), declared.words, owners)
        return settled


def _unused(cards: Iterable[CardDefinition], declared: Declared) -> Iterator[KnowledgeError]:
    """What nothing uses is a mistake: it was meant for something."""
    named = {card.population.id for card in cards if card.population}
    yield from unknown(declared.populations, named, "no card is about the population `{}`")
    offered = {order.id for card in cards for order in card.orders}
    yield from unknown(declared.actions, offered, "no card suggests the action `{}`")
    used = {name for card in cards for name in card.numbers}
    words = "no rule and no text uses the parameter `{}`"
    yield from unknown(declared.shared, used, words)


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
