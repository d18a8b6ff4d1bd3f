"""The sign-offs of `approvals.yaml`, ours and a site's: a card is active while one of its holds."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from cds_service.content.files.strict_yaml import read_list
from cds_service.content.files.templates import wrong_marks
from cds_service.content.files.words import plain, raise_all, wrong
from cds_service.core.approval import Lapsed, ReviewedPart, Signature
from cds_service.core.knowledge import CardDefinition, Knowledge
from cds_service.errors import KnowledgeError

APPROVALS = "approvals.yaml"
PART_CHARACTERS = 16
NOT_TOLD = ("something that the sign-off does not name",)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def load_signatures(folder: Path, root: Path, cards: Path) -> tuple[Signature, ...]:
    """Return the sign-offs of our folder or a site's; where there is no file, nobody signed.

    `root` is what file names in errors are relative to; `cards` is our folder.
    """
    if not (folder / APPROVALS).exists():
        return ()
    signatures = read_list(folder / APPROVALS, root, Signature)
    raise_all(error for signature in signatures for error in _wrong(signature, cards))
    return plain(signatures)


def settle(
    card: CardDefinition, parts: Mapping[str, ReviewedPart], signatures: Iterable[Signature]
) -> CardDefinition:
    """Return the card with its parts, their digest, and its sign-offs compared with these."""
    digest = _digest_of(parts)
    of_card = [signature for signature in signatures if signature.card == card.id]
    approval = replace(
        card.approval,
        signatures=tuple(one for one in of_card if one.digest == digest),
        lapsed=tuple(Lapsed(one, _changed(one, parts)) for one in of_card if one.digest != digest),
    )
    return replace(card, digest=digest, parts=parts, approval=approval)


def shortened(parts: Mapping[str, ReviewedPart]) -> dict[str, str]:
    """Return the digests of the parts as a sign-off holds them."""
    return {name: part.digest[:PART_CHARACTERS] for name, part in parts.items()}


def say_lapsed(card: CardDefinition) -> list[str]:
    """Return a sentence for each sign-off that no longer holds."""
    return [
        f"{card.id}: the sign-off by {one.signature} of {one.signature.date} no longer holds; "
        f"changed since: {', '.join(one.changed)}."
        for one in card.approval.lapsed
    ]


def say_signatures(knowledge: Knowledge) -> list[str]:
    """Return who signed which card, which sign-offs no longer hold, and what nobody signed."""
    cards = knowledge.cards.values()
    held = [
        f"{card.id} {card.version}: signed by {', '.join(card.approval.reviewers)}."
        for card in cards
        if card.approval.reviewers
    ]
    lapsed = [line for card in cards for line in say_lapsed(card)]
    drafts = [card.id for card in cards if card.status == "draft"]
    return [*held, *lapsed, *([f"Drafts: {', '.join(drafts)}."] if drafts else [])]


def _wrong(signature: Signature, cards: Path) -> Iterator[KnowledgeError]:
    if not (cards / signature.card / "card.md").is_file():
        yield wrong(signature.card, f"we have no card `{signature.card}`")
    yield from wrong_marks(signature.name, signature.role)
    try:
        date.fromisoformat(signature.date)
    except ValueError:
        yield wrong(signature.date, f"`{signature.date}` is not a date such as 2026-05-04")
    if not _DIGEST.fullmatch(signature.digest):
        yield wrong(signature.digest, "this is no digest that `approve` writes")


def _digest_of(parts: Mapping[str, ReviewedPart]) -> str:
    listed = "".join(f"{name} {part.digest}\n" for name, part in sorted(parts.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def _changed(signature: Signature, parts: Mapping[str, ReviewedPart]) -> tuple[str, ...]:
    now, then = shortened(parts), signature.parts
    changed = {name for name in {*now, *then} if now.get(name) != then.get(name)}
    return tuple(sorted(changed)) or NOT_TOLD
