"""What the doctor says, as plain data that `report` prints."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence on a request, its details (mostly where it holds), and what would mend it."""

    words: str
    details: tuple[str, ...] = ()
    remedy: str = ""

    def __str__(self) -> str:
        """Return the sentence, and each detail on a line of its own."""
        return "\n".join((self.words, *(f"  {detail}" for detail in self.details)))


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Say once what holds in several places."""
    alike: dict[tuple[str, str], dict[str, None]] = {}
    for one in findings:
        alike.setdefault((one.words, one.remedy), {}).update(dict.fromkeys(one.details))
    return tuple(Finding(words, tuple(said), remedy) for (words, remedy), said in alike.items())
