"""Sends each quirk case to the service that discovery lists for its hook.

Whatever a service answers, or does not answer, becomes a `Result`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds_hooks_quirks.cases import Expectation, Quirk, body_of, filled
from cds_hooks_quirks.judge import (
    TOPICS,
    found,
    read_answer,
    unmet,
    unmet_by_any_service,
    unmet_by_questions,
)
from cds_hooks_quirks.wire import Answer, Call, ask, fhir_server, is_on_this_machine

OUTCOMES = ("passed", "failed", "skipped", "not applicable")
DISCOVERY_SECONDS = 10.0
MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case: one of `OUTCOMES`; for a failure, what was expected and what came."""

    id: str
    title: str
    outcome: str
    expected: str = ""
    came: str = ""

    def __str__(self) -> str:
        """Return the line to show, and two more for a failure."""
        line = f"{self.outcome:<14}  {self.id}: {self.title}"
        if self.expected:
            return f"{line}\n    expected  {self.expected}\n    came      {self.came}"
        return f"{line} ({self.came})" if self.came else line


def run_quirks(base_url: str, quirks: Iterable[Quirk]) -> Iterator[Result]:
    """Yield the result of each case; one more, failed, where discovery gives no services."""
    base = base_url.rstrip("/")
    answer = ask(Call("GET", f"{base}/cds-services", b"", {}, DISCOVERY_SECONDS))
    services = _services(answer)
    if not services:
        title = "Discovery lists the services."
        yield Result("discovery", title, "failed", "a list of services", _shown(answer))
    for quirk in quirks:
        ids = [service for hook, service in services if hook == quirk.hook]
        if not ids:
            came = f"no service for {quirk.hook}"
            yield Result(quirk.id, quirk.title, "not applicable", came=came)
        elif quirk.fhir_server is not None and not is_on_this_machine(base):
            came = "needs a FHIR server beside the service, which is on another machine"
            yield Result(quirk.id, quirk.title, "skipped", came=came)
        else:
            yield _run(quirk, base, quirk.own_service if quirk.own_service in ids else ids[0])


def totals(results: Iterable[Result]) -> str:
    """Return the last line: how many cases came out how."""
    counts = Counter(result.outcome for result in results)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)


def _services(answer: Answer | str) -> list[tuple[str, str]]:
    if isinstance(answer, str):
        return []
    listed = found(read_answer(answer).content, "services.*")
    pairs = [(s.get("hook"), s.get("id")) for s in listed if isinstance(s, dict)]
    return [(h, i) for h, i in pairs if isinstance(h, str) and isinstance(i, str)]


def _run(quirk: Quirk, base: str, service: str) -> Result:
    now = {"service": service}
    with fhir_server(quirk.fhir_server or (), now) as (port, asked):
        now = {**now, "fhirPort": port}
        answers = [ask(_call(quirk, base, now)) for _ in range(1 + quirk.again)]
    expected = [quirk.expect]
    if quirk.expect_here and quirk.own_service == service:
        expected.append(quirk.expect_here)
    complaints = [words for answer in answers for words in _judged(answer, quirk, expected)]
    complaints += [words for part in expected for words in unmet_by_questions(part, asked)]
    if len({_topics(answer) for answer in answers}) > 1:
        complaints.append("the same topic codes when the same is asked again")
    if not complaints:
        return Result(quirk.id, quirk.title, "passed")
    came = _shown(answers[-1])
    return Result(quirk.id, quirk.title, "failed", "; ".join(dict.fromkeys(complaints)), came)


def _call(quirk: Quirk, base: str, now: dict[str, str]) -> Call:
    sent = {"Content-Type": "application/json", **quirk.headers}
    return Call(
        method=quirk.method,
        url=f"{base}{filled(quirk.path, now)}",
        body=b"" if quirk.method == "GET" else body_of(quirk, now),
        headers={name: value for name, value in sent.items() if value is not None},
        seconds=quirk.expect.seconds,
    )


def _judged(answer: Answer | str, quirk: Quirk, expected: list[Expectation]) -> Iterator[str]:
    if isinstance(answer, str):
        yield f"an answer within {quirk.expect.seconds:g} s"
        return
    reading = read_answer(answer)
    yield from unmet_by_any_service(quirk.method, reading)
    for part in expected:
        yield from unmet(part, reading)


def _topics(answer: Answer | str) -> tuple[str, ...]:
    if isinstance(answer, str):
        return ()
    return tuple(str(topic) for topic in found(read_answer(answer).content, TOPICS))


def _shown(answer: Answer | str) -> str:
    """Write what came on one line, in ASCII: it may hold anything, control characters too."""
    if isinstance(answer, str):
        return answer
    text = answer.body[:MOST_SHOWN].decode("utf-8", "replace")
    return f"HTTP {answer.status} after {answer.seconds:.2f} s: {text!a}"
