"""Who signed a card, and whose own policy is in force."""

from dataclasses import dataclass

from cds_service.core.declaration import Declaration


class Signature(Declaration, frozen=True):
    """One reviewer's sign-off of a card, as `approvals.yaml` holds it.

    `digest` is over all that the reviewer saw; `parts` has the digest of each part, shortened.
    """

    card: str
    name: str
    role: str
    date: str
    digest: str
    parts: dict[str, str]

    def __str__(self) -> str:
        """Return who signed."""
        return f"{self.name} ({self.role})"


@dataclass(frozen=True, slots=True)
class ReviewedPart:
    """A part of what a reviewer of a card sees: the names of what it holds, and its digest."""

    holds: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A sign-off that no longer holds, and the parts that were changed since."""

    signature: Signature
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """Who wrote a card, the sign-offs that hold, and those that do not."""

    author: str
    signatures: tuple[Signature, ...] = ()
    lapsed: tuple[Lapsed, ...] = ()

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Those whose sign-offs hold, with their roles."""
        return tuple(map(str, self.signatures))

    @property
    def approved_on(self) -> str | None:
        """The day of the last sign-off that holds."""
        return max((signature.date for signature in self.signatures), default=None)


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """Whose folder of changes is in force beside `cards/`, and what it changes, one line each."""

    name: str
    responsible: str
    changes: tuple[str, ...]
