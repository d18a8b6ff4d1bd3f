"""A small terminology server on loopback: `ValueSet/$expand` with paging, and its bad days."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Json = dict[str, Any]
SNOMED = "http://snomed.info/sct"
ECL = f"{SNOMED}?fhir_vs=ecl/"


def item(code: str, system: str = SNOMED, **more: Any) -> Json:
    """Return one entry of an expansion."""
    return {"system": system, "code": code, "display": f"Licensed term {code}", **more}


def outcome(code: str, diagnostics: str) -> Json:
    """Return an OperationOutcome."""
    issue = {"severity": "error", "code": code, "diagnostics": diagnostics}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@dataclass
class Asked:
    """One `$expand` as it came: the rule in words, and where the page begins."""

    path: str
    rule: str
    offset: int
    count: int


@dataclass
class Terminology:
    """What the server knows: the codes of each rule; `page` caps what it sends at once."""

    rules: Mapping[str, list[Json]] = field(default_factory=dict)
    page: int = 1_000
    counts: bool = True
    asked: list[Asked] = field(default_factory=list)

    def expansion(self, asked: Asked) -> Json:
        """Return the page that was asked for; a rule that is not known expands to nothing."""
        codes = self.rules.get(asked.rule, [])
        end = asked.offset + min(asked.count, self.page)
        version = {"name": "used-codesystem", "valueUri": "http://example.org/version|2026"}
        expansion: Json = {"offset": asked.offset, "contains": codes[asked.offset : end]}
        expansion |= {"parameter": [version]} | ({"total": len(codes)} if self.counts else {})
        return {"resourceType": "ValueSet", "status": "active", "expansion": expansion}


Answer = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request; `server.answer` says what becomes of it."""

    server: "Running"

    def do_GET(self) -> None:
        """Answer a question for a value set by its URL."""
        path, _, query = self.path.partition("?")
        given = {name: values[0] for name, values in parse_qs(query).items()}
        rule = given["url"].removeprefix(ECL)
        self._answer(Asked(path, rule, int(given["offset"]), int(given["count"])))

    def do_POST(self) -> None:
        """Answer a question for a value set that comes along."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given = {part["name"]: part for part in body["parameter"]}
        (include,) = given["valueSet"]["resource"]["compose"]["include"]
        (chosen,) = include["filter"]
        rule = f"{include['system']} {chosen['property']} {chosen['op']} {chosen['value']}"
        offset, count = (given[name]["valueInteger"] for name in ("offset", "count"))
        self._answer(Asked(self.path, rule, offset, count))

    def _answer(self, asked: Asked) -> None:
        self.asked = asked
        self.server.terminology.asked.append(asked)
        with suppress(OSError):
            self.server.answer(self)

    def reply(self, content: object, status: int = 200) -> None:
        """Send a whole answer; what is not bytes goes out as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Log nothing."""


class Running(ThreadingHTTPServer):
    """The server while it runs."""

    def __init__(self, terminology: Terminology, answer: Answer) -> None:
        self.terminology = terminology
        self.answer = answer
        self.is_stopped = threading.Event()
        super().__init__(("127.0.0.1", 0), Exchange)

    @property
    def base(self) -> str:
        """The FHIR base URL."""
        return f"http://127.0.0.1:{self.server_port}/fhir"


def well(exchange: Exchange) -> None:
    """Answer as an honest server does."""
    exchange.reply(exchange.server.terminology.expansion(exchange.asked))


def drip(exchange: Exchange) -> None:
    """Send a beginning, then a blank now and then, without end."""
    exchange.send_response(200)
    exchange.end_headers()
    while not exchange.server.is_stopped.wait(0.05):
        exchange.wfile.write(b" ")


def hang(exchange: Exchange) -> None:
    """Say nothing at all."""
    exchange.server.is_stopped.wait(10)


def flood(exchange: Exchange) -> None:
    """Send blanks as fast as they are taken."""
    exchange.send_response(200)
    exchange.end_headers()
    while not exchange.server.is_stopped.is_set():
        exchange.wfile.write(b" " * 65_536)


@contextmanager
def running(terminology: Terminology, answer: Answer = well) -> Iterator[Running]:
    """Run the server on a free port; its threads are gone at the end."""
    server = Running(terminology, answer)
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield server
    finally:
        server.is_stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
