"""Sign-offs of a card against what it now is: those that hold make it active; writes none."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from cds_service.content.cards.card_schema import SignatureFile
from cds_service.content.files.source import Document
from cds_service.content.files.templates import check_plain
from cds_service.core.governance import Signature
from cds_service.core.knowledge import CardDefinition, Knowledge

PART_CHARACTERS = 16
NOT_TOLD = ("something that the sign-off does not name",)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_signature(document: Document, place: str, item: SignatureFile) -> None:
    """Raise where a sign-off has no sound date or digest."""
    for name in ("name", "role"):
        check_plain(getattr(item, name), partial(document.error, f"{place}.{name}"))
    try:
        date.fromisoformat(item.date)
    except ValueError as error:
        words = f"`{item.date}` is not a date such as 2026-05-04"
        raise document.error(f"{place}.date", words) from error
    if not _DIGEST.fullmatch(item.digest):
        raise document.error(f"{place}.digest", "this is no digest that `approve` writes")


def digest_of(parts: Mapping[str, str]) -> str:
    """Return the digest over all parts of what a reviewer of the card sees."""
    listed = "".join(f"{name} {digest}\n" for name, digest in sorted(parts.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def read_signature(item: SignatureFile) -> Signature:
    """Return a sign-off as the file gives it, not yet compared with anything."""
    return Signature(item.name, item.role, item.date, item.digest, item.parts)


def settle(
    card: CardDefinition, parts: Mapping[str, str], by_site: Iterable[SignatureFile]
) -> CardDefinition:
    """Return the card with its digest and with the status that its sign-offs give it.

    It is active where its file says so and one sign-off holds, or where one of the site's does.
    """
    digest = digest_of(parts)
    own = [_compared(one, digest, parts) for one in card.approval.signatures]
    site = [_compared(read_signature(item), digest, parts) for item in by_site]
    held = [one for one in (*own, *site) if not one.changed]
    is_active = any(not one.changed for one in site) or (
        card.status == "active" and any(not one.changed for one in own)
    )
    approval = replace(
        card.approval,
        reviewers=tuple(f"{one.name} ({one.role})" for one in held) if is_active else (),
        approved_on=max((one.signed_on for one in held), default=None) if is_active else None,
        digest=digest if is_active else None,
        signatures=(*own, *site),
    )
    status = "active" if is_active else "draft"
    return replace(card, status=status, digest=digest, approval=approval, parts=parts)


def say_lapsed(card: CardDefinition) -> list[str]:
    """Return a sentence for each sign-off that no longer holds."""
    return [
        f"{card.id}: the sign-off by {one.name} ({one.role}) of {one.signed_on} no longer holds; "
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


def _compared(one: Signature, digest: str, parts: Mapping[str, str]) -> Signature:
    if one.digest == digest:
        return replace(one, changed=())
    now = {name: value[:PART_CHARACTERS] for name, value in parts.items()}
    changed = {name for name in {*now, *one.parts} if now.get(name) != one.parts.get(name)}
    return replace(one, changed=tuple(sorted(changed)) or NOT_TOLD)
