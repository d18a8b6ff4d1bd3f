"""An answer + what was expected -> the expectations not met, in words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from cds_hooks_quirks.cases import Expectation
from cds_hooks_quirks.wire import Answer

TOPICS = "cards.*.source.topic.code"
CARDS = MappingProxyType(
    {
        "cards.*.summary": r"^[\s\S]{1,139}$",
        "cards.*.indicator": "^(info|warning|critical)$",
        "cards.*.source.label": r"\S",
        "cards.*.suggestions.*.label": r"\S",
        "cards.*.suggestions.*.actions.*.description": r"\S",
    }
)
_TRACE = re.compile(r"Traceback \(most recent call last\)|^\s+at [\w.$<>]+ ?\(", re.MULTILINE)
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as it is judged: its JSON if it has one, and every text in it."""

    status: int
    seconds: float
    content: object
    text: str


def read_answer(answer: Answer) -> Reading:
    """Parse whatever came."""
    try:
        content = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        content = None
    texts = [node for node in _nodes(content) if isinstance(node, str)]
    text = "\n".join([answer.body.decode("utf-8", "replace"), *texts])
    return Reading(answer.status, answer.seconds, content, text)


def unmet(expected: Expectation, reading: Reading) -> Iterator[str]:
    """Say which expectations of a case an answer does not meet."""
    if not any(str(reading.status).startswith(str(s).rstrip("x")) for s in expected.status):
        yield f"HTTP status {' or '.join(map(str, expected.status))}"
    if reading.seconds > expected.seconds:
        yield f"an answer within {expected.seconds:g} s"
    if expected.outcome and reading.status >= 400 and not _is_outcome(reading.content):
        yield "an OperationOutcome that says what is wrong"
    yield from _unmet_content(expected, reading.content)
    yield from (f"the words {words!r}" for words in expected.words if words not in reading.text)
    yield from (f"no words {words!r}" for words in expected.absent if words in reading.text)


def unmet_by_any_service(method: str, reading: Reading) -> Iterator[str]:
    """Say what CDS Hooks asks of every answer and this one does not give."""
    if _TRACE.search(reading.text):
        yield "no stack trace"
    if method == "GET" or not 200 <= reading.status < 300:
        return
    if not isinstance(reading.content, dict) or not isinstance(reading.content.get("cards"), list):
        yield "a JSON object with an array `cards`"
        return
    cards: list[object] = reading.content["cards"]
    if not all(isinstance(card, dict) for card in cards):
        yield "every card to be an object"
    yield from _unmet_patterns(CARDS.items(), reading.content)
    others = [member for name, member in reading.content.items() if name != "cards"]
    if any(node in (None, "", [], {}) for root in (*cards, *others) for node in _nodes(root)):
        yield "no null and nothing empty (bar `cards`)"


def unmet_by_questions(expected: Expectation, asked: Iterable[str]) -> Iterator[str]:
    """Say what the FHIR server was not asked and should have been, or the other way round."""
    all_asked = "\n".join(asked)
    for words in expected.asked:
        if words not in all_asked:
            yield f"the FHIR server to be asked {words!r}"
    for words in expected.not_asked:
        if words in all_asked:
            yield f"the FHIR server not to be asked {words!r}"


def found(content: object, path: str) -> list[object]:
    """Return what stands at a path; a missing last member of an object counts as absent."""
    *parents, last = path.split(".")
    nodes = [content]
    for name in parents:
        nodes = [child for node in nodes for child in _children(node, name)]
    absent = [] if last == "*" else [_ABSENT]
    return [child for node in nodes for child in (_children(node, last) or absent)]


def _unmet_content(expected: Expectation, content: object) -> Iterator[str]:
    yield from _unmet_patterns(expected.every.items(), content)
    for path, values in expected.values.items():
        if sorted(map(str, found(content, path))) != sorted(values):
            yield f"{path} to be {', '.join(values) or 'nothing'}"
    for path, number in expected.count.items():
        if len([node for node in found(content, path) if node is not _ABSENT]) != number:
            yield f"{number} of {path}"
    for path in expected.distinct:
        nodes = [str(node) for node in found(content, path)]
        if len(set(nodes)) != len(nodes):
            yield f"{path} to be distinct"


def _children(node: object, name: str) -> list[object]:
    if name == "*":
        return node if isinstance(node, list) else []
    return [node[name]] if isinstance(node, dict) and name in node else []


def _unmet_patterns(patterns: Iterable[tuple[str, str]], content: object) -> Iterator[str]:
    for path, pattern in patterns:
        if not all(
            isinstance(node, str) and re.search(pattern, node, re.IGNORECASE)
            for node in found(content, path)
        ):
            yield f"every {path} to match {pattern}"


def _is_outcome(content: object) -> bool:
    if not isinstance(content, dict) or content.get("resourceType") != "OperationOutcome":
        return False
    issues = content.get("issue")
    return isinstance(issues, list) and bool(issues)


def _nodes(root: object) -> Iterator[object]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
