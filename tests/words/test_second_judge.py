"""medspaCy, which implements ConText too, reads the English rows of context.csv as we do.

So it does the problems of diagnoses.csv that are not simply present. It is asked twice: with our
triggers, so that it judges how far each reaches, and with its own, so that it judges what they say
(with ours that end or say nothing, of which it has few). Where it differs, second-judge.csv holds
what it says and why we differ.
"""

import csv
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cds_service.content.terms.topics import ContextFile, load_text_patterns
from cds_service.core.words.context import CONTEXTS
from cds_service.core.words.topics import Topic
from tests.conftest import SHIPPED_CARDS
from tests.words.test_context import ROWS, Row

FILE = Path(__file__).with_name("second-judge.csv")
THEIRS = {
    "NEGATED_EXISTENCE": "negated",
    "POSSIBLE_EXISTENCE": "doubted",
    "HISTORICAL": "past",
    "FAMILY": "family",
    "HYPOTHETICAL": "hypothetical",
}
DIRECTIONS = {frozenset({"forward"}): "FORWARD", frozenset({"backward"}): "BACKWARD"}
ENDING = {"ENDS", "DOUBTED ENDS"}
# What ends a history alone is nothing that medspaCy knows.
HISTORY = ("past",)
OURS, ITS_OWN = "our triggers", "its own triggers"
NOT_SIMPLY_PRESENT = {"doubted", "past", "excluded", "family"}
# In so many rows it knows a trigger at least.
KNOWN_TO_IT = 90
# A list of triggers without patterns for spaCy's matcher is no fault.
pytestmark = pytest.mark.filterwarnings(r"ignore:\[W036\]:UserWarning")

Judge = Any
"""A pipeline of spaCy, which has no types here."""

Answers = Mapping[tuple[str, str], set[str]]
"""What is said, by text and finding."""


def read_differences() -> list[dict[str, str]]:
    """Return the rows of second-judge.csv."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


DIFFERENCES = read_differences()


def charted() -> Iterator[Row]:
    """Yield the problems of diagnoses.csv that are not simply present, as we read them."""
    lexicon = load_text_patterns(SHIPPED_CARDS).lexicon({})
    with FILE.with_name("diagnoses.csv").open(encoding="utf-8", newline="") as file:
        entries = [one for one in csv.DictReader(file) if one["state"] in NOT_SIMPLY_PRESENT]
    for text in (one["text"] for one in entries if one["text"].isascii()):
        read = lexicon.read(text)
        for span in read.of(Topic.FEMORAL_HEAD_MENTION)[:1]:
            words = map(re.escape, read.tokens.raw[span.start : span.end])
            found = re.findall(r"\W*".join(words), text)
            yield Row("en", text, found[0].lower(), span.context)


ENGLISH = list({*(row for row in ROWS if row.language == "en"), *charted()})


def listed(judge: str) -> Answers:
    """Return what second-judge.csv says that a judge says."""
    return {
        (one["text"], one["finding"]): set(one["medspaCy"].split())
        for one in DIFFERENCES
        if one["judge"] == judge
    }


def named(said: Mapping[Row, frozenset[str]]) -> Answers:
    """Return what is said of findings, by text and finding."""
    return {(row.text, row.finding): set(words) for row, words in said.items()}


@pytest.fixture(scope="module")
def judges() -> Mapping[str, Judge]:
    """medspaCy with each list of triggers."""
    context = load_text_patterns(SHIPPED_CARDS).context
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from medspacy.context import ConTextRule  # noqa: PLC0415
        from spacy.lang.en import English  # noqa: PLC0415

        made = {}
        for name, rules in ((OURS, None), (ITS_OWN, "default")):
            made[name] = English()
            made[name].add_pipe("sentencizer", config={"punct_chars": [".", "!"]})
            component = made[name].add_pipe("medspacy_context", config={"rules": rules})
            component.add([ConTextRule(**rule) for rule in their_rules(context, all_=not rules)])
    return made


def their_rules(context: ContextFile, *, all_: bool) -> Iterator[dict[str, Any]]:
    """Yield our English triggers as medspaCy has them; not `all_`: what ends and says nothing."""
    says: dict[str, set[str]] = {}
    reaches: dict[str, set[str]] = {}
    within: dict[str, int | None] = {}
    for row in context.triggers:
        for phrase in row.phrases.get("en", ()):
            if row.says == "nothing":
                yield {"literal": phrase, "category": "NOTHING", "direction": "PSEUDO"}
            elif row.says == "ends" and (not all_ or len(row.only) == len(CONTEXTS)):
                yield {"literal": phrase, "category": "ENDS", "direction": "TERMINATE"}
            elif all_ and row.only != HISTORY:
                says.setdefault(phrase, set()).add(row.says)
                reaches.setdefault(phrase, set()).add(row.reaches)
                within[phrase] = row.within
    for phrase, said in says.items():
        yield {
            "literal": phrase,
            "category": " ".join(sorted(said)),
            "direction": DIRECTIONS.get(frozenset(reaches[phrase]), "BIDIRECTIONAL"),
            "max_scope": within[phrase],
            "terminated_by": ENDING if "negated" in said else None,
        }


def said_by(judge: Judge, row: Row) -> frozenset[str]:
    """Return what medspaCy says of the first such finding of a text."""
    text = re.sub(r"(?<=\w)-(?=\w)", " ", row.text.replace("?", " ? "))
    text = re.sub(r"\b(poss|prob|susp|vs)\.", r"\1", text, flags=re.IGNORECASE)
    document = judge.make_doc(text)
    start = text.lower().index(row.finding)
    end = start + len(row.finding)
    document.ents = [document.char_span(start, end, label="F", alignment_mode="expand")]
    for _, component in judge.pipeline:
        document = component(document)
    categories = [modifier.category for _, modifier in document._.context_graph.edges]
    said = " ".join(THEIRS.get(category, category) for category in categories).casefold().split()
    return frozenset(context for context in CONTEXTS if context.casefold() in said)


def test_with_our_triggers_medspacy_says_what_we_say(judges: Mapping[str, Judge]) -> None:
    said = {row: said_by(judges[OURS], row) for row in ENGLISH}
    differing = {row: words for row, words in said.items() if words != row.says}

    assert named(differing) == listed(OURS)


def test_with_its_own_triggers_medspacy_says_nothing_that_we_do_not(
    judges: Mapping[str, Judge],
) -> None:
    said = {row: said_by(judges[ITS_OWN], row) for row in ENGLISH}
    differing = {row: words for row, words in said.items() if words - row.says}

    assert named(differing) == listed(ITS_OWN)
    assert sum(map(bool, said.values())) >= KNOWN_TO_IT


def test_each_difference_has_a_reason() -> None:
    assert all(one["why"] for one in DIFFERENCES)
