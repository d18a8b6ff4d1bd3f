"""What the words of a diagnosis or an operation say: osteonecrosis where, or a replaced hip.

Each finding has its own place, side and state: "left hip AVN, s/p right THA" is two of them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cds_service.core.record import Side
from cds_service.core.words.diagnoses.hips import hips_of
from cds_service.core.words.diagnoses.near import plain
from cds_service.core.words.diagnoses.sites import place_findings
from cds_service.core.words.diagnoses.states import State, diseases_in, operations_in
from cds_service.core.words.sides.said import OPEN, SidesSaid, side_spans, sides_of, together, union
from cds_service.core.words.sides.unsure import corrected, is_said_open
from cds_service.core.words.text import A_HIP, SITE, Text, kept
from cds_service.core.words.topics import TextPattern

# The states of what is there, perhaps or once, the surest first.
_AFFIRMED: tuple[State, ...] = ("present", "doubted", "past")
# A disease that somebody may get is as doubtful as one that he may have.
_TOLD: tuple[State, ...] = ("present", "doubted", "planned", "past")


class EntryFinding(NamedTuple):
    """A disease or a prosthesis that words name: the groups of its sites, its hips, its state."""

    sites: frozenset[str]
    said: SidesSaid
    state: State


class EntryWords(NamedTuple):
    """What one text of an entry says; `sites` and `said` are of a text without a finding."""

    necroses: tuple[EntryFinding, ...] = ()
    prostheses: tuple[EntryFinding, ...] = ()
    sites: frozenset[str] = frozenset()
    said: SidesSaid = SidesSaid()


class Told(NamedTuple):
    """What all words of an entry say of its osteonecrosis; `state` is None where they name none."""

    sites: frozenset[str]
    said: SidesSaid
    state: State | None


@kept
def read_words(text: Text, topics: Mapping[str, TextPattern]) -> EntryWords:
    """Read one text of an entry: of its code, its body site, or what stands beside them."""
    necroses, prostheses = place_findings(text, topics)
    if not necroses and not prostheses:
        sites = frozenset(span.label for span in plain(text.of(SITE)))
        said = sides_of(plain(side_spans(text)))
        return EntryWords(sites=sites, said=OPEN if is_said_open(text) else said)
    right_one = corrected(text)
    said_of = hips_of(text, necroses, prostheses, right_one)
    states = diseases_in(text, necroses) | operations_in(text, prostheses)
    if right_one.sides and all("retracted" in span.context for span in necroses):
        # "AVN right hip - entered in error, should be left".
        states |= dict.fromkeys(necroses, "present")
    return EntryWords(
        tuple(EntryFinding(sites, said_of[s], states[s]) for s, sites in necroses.items()),
        tuple(EntryFinding(sites, said_of[s], states[s]) for s, sites in prostheses.items()),
    )


def told_of(words: Sequence[EntryWords], coded: frozenset[Side]) -> Told:
    """Return what the words of an entry say together, of the hips that its codes name if any."""
    found = [finding for one in words for finding in one.necroses]
    found = [f for f in found if f.sites & A_HIP and f.state in _TOLD] or found
    own = [f for f in found if not (coded and f.said.sides) or coded & f.said.sides] or found
    state = next((state for state in _TOLD if any(f.state == state for f in own)), None)
    meant = [finding for finding in own if finding.state in _TOLD]
    sites = frozenset().union(*(one.sites for one in meant), *(one.sites for one in words))
    said = [union(f.said for f in one.necroses if f in own and f.state == state) for one in words]
    said += [one.said for one in words]
    denied = own[0].state if own else None
    return Told(sites, together(said), state or denied)


def prostheses_in(words: Sequence[EntryWords]) -> tuple[EntryFinding, ...]:
    """Return the prostheses that words say to be there, or perhaps."""
    found = (finding for one in words for finding in one.prostheses)
    return tuple(dict.fromkeys(f for f in found if f.state in _AFFIRMED))
