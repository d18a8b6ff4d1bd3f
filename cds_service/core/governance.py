"""Who signed a card, and whose own policy is in force; refuses to know what either is about."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """One reviewer's sign-off; `changed` names what was changed since, and is empty while it holds.

    `parts` is the digest of each part of what was signed, shortened, by the part's name.
    """

    name: str
    role: str
    signed_on: str
    digest: str
    parts: Mapping[str, str]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """Who wrote and who signed a card; `reviewers` are those whose signatures hold."""

    author: str
    reviewers: tuple[str, ...] = ()
    approved_on: str | None = None
    digest: str | None = None
    signatures: tuple[Signature, ...] = ()

    @property
    def lapsed(self) -> tuple[Signature, ...]:
        """The signatures that no longer hold."""
        return tuple(signature for signature in self.signatures if signature.changed)


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """Whose folder of changes is in force beside `cards/`, and what it changes, one line each."""

    name: str
    responsible: str
    changes: tuple[str, ...]
