"""Records a sign-off in a card's front matter or a site's approvals.yaml; refuses to judge it.

With a site's folder the sign-off is of our content and the folder together, so it stands in the
folder: ours stays untouched.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cds_service.content.cards.signatures import PART_CHARACTERS
from cds_service.content.files.markdown import FENCE
from cds_service.content.files.templates import check_plain
from cds_service.content.knowledge import load_knowledge
from cds_service.core.knowledge import CardDefinition
from cds_service.errors import ApprovalError, KnowledgeError
from cds_service.workbench.proof.proved import load_proved

APPROVALS = "approvals.yaml"
NEW_APPROVALS = "# Who signed which card, and for what content; `approve` writes it.\napprovals:\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, as what, and on which day."""

    name: str
    role: str
    day: date


def approve_card(card_id: str, signer: Signer, root: Path, site_dir: Path | None) -> CardDefinition:
    """Prove all content, write the sign-off, and return the card as it then is.

    Raises `ApprovalError` where the sign-off cannot be recorded; no file is changed then.
    """
    knowledge, _ = load_proved(root, site_dir)
    card = knowledge.cards.get(card_id)
    if card is None:
        raise ApprovalError(f"There is no card `{card_id}`, only: {', '.join(knowledge.cards)}.")
    _check_signer(signer, card)
    entry = _entry(signer, card)
    if site_dir:
        path = site_dir / APPROVALS
        before = _read(path) if path.exists() else None
        after = _appended(before or NEW_APPROVALS, [f"card: {card_id}", *entry])
    else:
        path = root / card_id / "card.md"
        before = _read(path)
        after = _signed(before, entry, path)
    _write(path, after)
    signed = _reread(card_id, root, site_dir)
    if signed and f"{signer.name} ({signer.role})" in signed.approval.reviewers:
        return signed
    _write(path, before) if before else path.unlink()
    raise ApprovalError(f"{path}: the sign-off would not be read back, so nothing was changed.")


def _reread(card_id: str, root: Path, site_dir: Path | None) -> CardDefinition | None:
    try:
        return load_knowledge(root, site_dir, prove_resources=False).cards[card_id]
    except KnowledgeError:
        return None


def _check_signer(signer: Signer, card: CardDefinition) -> None:
    for what, text in (("name", signer.name), ("role", signer.role)):
        if not text.strip() or not text.isprintable():
            raise ApprovalError(f"A sign-off needs a {what}, on one line.")
        check_plain(text, ApprovalError)
    held = [one.name for one in card.approval.signatures if not one.changed]
    if card.status == "active" and signer.name in held:
        raise ApprovalError(f"{signer.name} has signed {card.id} already, and the sign-off holds.")


def _entry(signer: Signer, card: CardDefinition) -> list[str]:
    parts = ", ".join(f"{name}: {part[:PART_CHARACTERS]}" for name, part in card.parts.items())
    return [
        f"name: {json.dumps(signer.name, ensure_ascii=False)}",
        f"role: {json.dumps(signer.role, ensure_ascii=False)}",
        f"date: {signer.day.isoformat()}",
        f"digest: {card.digest}",
        f"parts: {{{parts}}}",
    ]


def _signed(text: str, entry: list[str], path: Path) -> str:
    """Return card.md with the sign-off as the last of its reviewers, all else as it was."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(newline)
    front, body = lines[: lines.index(FENCE, 1)], lines[lines.index(FENCE, 1) :]
    if "approval:" not in front:
        raise ApprovalError(f"{path}: write `approval:` on a line of its own, then sign.")
    start = front.index("approval:")
    end = _end_of_block(front, start)
    found = [i for i in range(start, end) if front[i].startswith("  reviewers:")]
    if not found:
        front.insert(end, "  reviewers:")
    reviewers = found[0] if found else end
    front[reviewers] = front[reviewers].replace("  reviewers: []", "  reviewers:")
    at = _end_of_block(front, reviewers)
    front[at:at] = _item(entry, "    ")
    active = ["status: active" if line == "status: draft" else line for line in front]
    return newline.join([*active, *body])


def _end_of_block(lines: list[str], start: int) -> int:
    """Return the index after the last line that belongs to the key at `start`."""
    depth, end = _depth(lines[start]), start + 1
    for i, line in enumerate(lines[start + 1 :], start + 1):
        is_said = line.strip() and not line.lstrip().startswith("#")
        if is_said and _depth(line) <= depth:
            break
        end = i + 1 if is_said else end
    return end


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _item(entry: list[str], indent: str) -> list[str]:
    first, *rest = entry
    return [f"{indent}- {first}", *(f"{indent}  {line}" for line in rest)]


def _appended(text: str, entry: list[str]) -> str:
    return "\n".join([text.rstrip("\n"), *_item(entry, "  "), ""])


def _read(path: Path) -> str:
    """Read a file with its line ends as they are."""
    return path.read_bytes().decode()


def _write(path: Path, text: str) -> None:
    """Replace a file in one step; raise `ApprovalError` where it cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(text.encode())
        beside.replace(path)
    except OSError as error:
        raise ApprovalError(f"{path} cannot be written: {error.strerror}.") from error
