"""Signs a card after showing what is signed, and takes sign-offs back: both write approvals.yaml.

With a site's folder the sign-off is of our content and the folder together, so it stands in the
folder: ours stays untouched.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import yaml

from cds_service.content.files.strict_yaml import read_list
from cds_service.content.files.templates import MARKS
from cds_service.content.files.words import plain
from cds_service.content.knowledge import cards_directory, load_knowledge
from cds_service.content.languages import SOURCE_LANGUAGE
from cds_service.content.signatures import APPROVALS, shortened
from cds_service.core.approval import Signature
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.core.wording import fill, names_in
from cds_service.errors import ApprovalError, KnowledgeError
from cds_service.workbench.proof.run import Content
from cds_service.workbench.proof.whole import load_proved
from cds_service.workbench.review_pages.cards import card_section, facts_table
from cds_service.workbench.review_pages.markdown import table

PACKAGE = Path(__file__).resolve().parent.parent
HEADER = (
    "# Who signed which card, and for what content: "
    "`cds-service approve` and `withdraw` write this file.\n"
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, as what, and on which day."""

    name: str
    role: str
    day: date


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders that somebody named: our content, a hospital's own."""

    cards: Path | None
    site: Path | None = None

    @property
    def root(self) -> Path:
        """Our content: what is signed together with a hospital's folder may be what is shipped."""
        return cards_directory(self.cards)

    @property
    def approvals(self) -> Path:
        """The file of the sign-offs; raises unless it stands in a folder that somebody named."""
        folder = self.site or self.cards
        if folder is None:
            raise ApprovalError(
                "Say whose cards: --cards DIR or CDS_CARDS_DIR names a folder of content, --site "
                "DIR or CDS_SITE_DIR a hospital's own."
            )
        if folder.resolve().is_relative_to(PACKAGE):
            raise ApprovalError(
                f"{folder} belongs to the installed software, which the next version replaces: "
                "copy it, and name the copy with --cards."
            )
        return folder / APPROVALS


@dataclass(frozen=True, slots=True)
class Signing:
    """A sign-off that is ready to be made: the card, and all that its reviewer is shown."""

    card: CardDefinition
    entry: Signature
    words: str


def prepare_signing(card_id: str, signer: Signer, folders: Folders) -> Signing:
    """Prove all content and return what would be signed; raise `ApprovalError` if nothing can."""
    _ = folders.approvals
    for what, text in (("name", signer.name), ("role", signer.role)):
        if not text.strip() or not text.isprintable():
            raise ApprovalError(f"A sign-off needs a {what}, on one line.")
        if found := MARKS.search(text):
            raise ApprovalError(f"HTML, images and links are not allowed here: `{found[0]}`")
    knowledge, _ = load_proved(folders.root, folders.site)
    card = knowledge.cards.get(card_id)
    if card is None:
        raise ApprovalError(f"There is no card `{card_id}`, only: {', '.join(knowledge.cards)}.")
    if signer.name in [signature.name for signature in card.approval.signatures]:
        raise ApprovalError(f"{signer.name} has signed {card.id} already, and the sign-off holds.")
    day, parts = signer.day.isoformat(), shortened(card.parts)
    entry = Signature(card.id, signer.name, signer.role, day, card.digest, parts)
    return Signing(card, entry, _shown(card, knowledge, folders))


def sign(signing: Signing, folders: Folders) -> None:
    """Record a sign-off, unless the content is no longer what was shown."""
    path, wanted = folders.approvals, signing.entry
    try:
        digest = load_knowledge(folders.root, folders.site).cards[wanted.card].digest
    except KnowledgeError:
        digest = ""
    if digest != wanted.digest:
        raise ApprovalError(f"{path}: the content has changed meanwhile, so nothing was signed.")
    _write(path, [*_read(path), wanted])


def standing_signatures(card_id: str, name: str | None, folders: Folders) -> list[Signature]:
    """Return the sign-offs of a card, those of one name where it is given; raise for none."""
    of_card = [one for one in _read(folders.approvals) if one.card == card_id]
    found = [one for one in of_card if name in (None, one.name)]
    if not found:
        by = f" by {name}" if name else ""
        raise ApprovalError(f"{folders.approvals} holds no sign-off of `{card_id}`{by}.")
    return found


def withdraw(signatures: list[Signature], folders: Folders) -> None:
    """Take sign-offs out of the file."""
    kept = [signature for signature in _read(folders.approvals) if signature not in signatures]
    _write(folders.approvals, kept)


def _shown(card: CardDefinition, knowledge: Knowledge, folders: Folders) -> str:
    """Return the card as its reviewer reads it, and the parts that the digest is over."""
    content = Content(knowledge, folders.root, folders.site and folders.site.resolve())
    text = card.texts[SOURCE_LANGUAGE]
    parts = [(name, part.digest[:16], ", ".join(part.holds)) for name, part in card.parts.items()]
    asked = [knowledge.facts[name] for name in card.parts["facts"].holds]
    cited = [knowledge.evidence[name] for name in card.parts["evidence"].holds]
    sources = [(source.id, source.citation, source.says) for source in cited]
    lines = [
        *card_section(card, knowledge, content.cards[card.id]),
        *("### On its page", "", fill(text.page, {}), ""),
        *("### Why", "", fill(text.rationale, dict.fromkeys(names_in(text.rationale))), ""),
        *("### What it asks", "", *facts_table(asked)),
        *("### What it rests on", "", *table(("source", "citation", "says"), sources)),
        *("### What is signed", ""),
        *table(("part", "digest", "holds"), parts),
        f"Digest over all parts: {card.digest}",
    ]
    return "\n".join(lines)


def _read(path: Path) -> tuple[Signature, ...]:
    if not path.exists():
        return ()
    return plain(read_list(path, path.parent, Signature))


def _write(path: Path, signatures: list[Signature]) -> None:
    """Replace the file in one step; raise `ApprovalError` where it cannot be written."""
    content = {"approvals": [msgspec.to_builtins(signature) for signature in signatures]}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(f"{HEADER}{text}".encode())
        beside.replace(path)
    except OSError as error:
        raise ApprovalError(f"{path} cannot be written: {error.strerror}.") from error
