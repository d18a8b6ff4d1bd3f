"""One `$expand` call to a terminology server, cut off in time; refuses to know what is expanded."""

import ipaddress
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec
import requests
from msgspec import Struct
from urllib3.exceptions import HTTPError

from cds_service.errors import TerminologyError
from cds_service.fhir.server.access import LOOPBACK
from cds_service.fhir.server.guarded_http import (
    CHUNK_BYTES,
    Call,
    Network,
    make_session,
    on_this_thread,
)
from cds_service.fhir.server.urls import Base, parse_base

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
MOST_BYTES = 5 * 1024 * 1024
LONGEST_WORDS = 300
_ANYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
_JSON = "application/fhir+json"
_ADVICE = {
    "too-costly": "the server finds the expansion too costly: narrow the definition",
    "too-long": "the server finds the expansion too long: narrow the definition",
    "not-found": "the server does not know the code system or the definition",
    "not-supported": "the server does not support this kind of definition",
}
_STATUS = {
    401: "the server asks for credentials, and this command sends none",
    403: "the server refuses to answer without leave",
    404: "there is no ValueSet/$expand below this address",
    429: "the server has been asked too often: wait, then try again",
}


class Text(Struct):
    """OperationOutcome.issue.details."""

    text: str | None = None


class Issue(Struct):
    """OperationOutcome.issue."""

    code: str | None = None
    diagnostics: str | None = None
    details: Text | None = None


class Extension(Struct):
    """An extension of ValueSet.expansion, by its URL."""

    url: str | None = None


class ExpansionParameter(Struct, rename="camel"):
    """ValueSet.expansion.parameter."""

    name: str | None = None
    value_uri: str | None = None
    value_canonical: str | None = None


class Contains(Struct):
    """ValueSet.expansion.contains."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    abstract: bool = False
    inactive: bool = False
    contains: "list[Contains]" = []


class Expansion(Struct):
    """ValueSet.expansion."""

    total: int | None = None
    offset: int | None = None
    contains: list[Contains] = []
    parameter: list[ExpansionParameter] = []
    extension: list[Extension] = []


class Answer(Struct, rename="camel"):
    """A ValueSet with its expansion, or an OperationOutcome."""

    resource_type: str
    expansion: Expansion | None = None
    issue: list[Issue] = []


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: a query to GET, or a Parameters resource to POST."""

    query: Mapping[str, str]
    parameters: object | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A terminology server that may be asked; `seconds` is by when an answer is complete."""

    base: Base
    session: requests.Session
    seconds: float = ANSWER_SECONDS

    @property
    def networks(self) -> tuple[Network, ...]:
        """Where its name may resolve to: this machine, or anywhere but this machine."""
        return LOOPBACK if self.base.is_loopback else _ANYWHERE


def make_server(url: str, seconds: float = ANSWER_SECONDS) -> Server:
    """Return the server at a FHIR base URL; raise unless it is https, or on this machine."""
    base = parse_base(url)
    if base is None:
        raise TerminologyError("--terminology takes a FHIR base URL such as https://host/fhir.")
    if base.scheme != "https" and not base.is_loopback:
        raise TerminologyError("A terminology server on another machine needs https.")
    return Server(base, make_session(), seconds)


def expand_page(server: Server, ask: Ask) -> Expansion:
    """Return the expansion that the server sends; raise `TerminologyError` for anything else."""
    status, body = _send(server, ask)
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        if status != requests.codes.ok:
            raise TerminologyError(_status_words(status)) from error
        raise TerminologyError("the answer is not a FHIR ValueSet in JSON") from error
    if answer.resource_type == "OperationOutcome":
        raise TerminologyError(f"{_issue_words(answer.issue)} (HTTP status {status})")
    if status != requests.codes.ok:
        raise TerminologyError(_status_words(status))
    if answer.resource_type != "ValueSet" or answer.expansion is None:
        raise TerminologyError("the answer is not a ValueSet with an expansion")
    return answer.expansion


def printable(text: str) -> str:
    """Return foreign text fit for a terminal: one line, no control characters, not endless."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:LONGEST_WORDS]


def _send(server: Server, ask: Ask) -> tuple[int, bytes]:
    deadline = time.monotonic() + server.seconds
    call = Call(server.networks, CONNECT_SECONDS)
    cut_off = threading.Timer(server.seconds, call.abort)
    cut_off.start()
    try:
        with (
            on_this_thread(call),
            server.session.request(
                "GET" if ask.parameters is None else "POST",
                f"{server.base.text}/ValueSet/$expand",
                params=urlencode(ask.query, quote_via=quote),
                data=None if ask.parameters is None else json.dumps(ask.parameters).encode(),
                headers={"Content-Type": _JSON} if ask.parameters else {},
                timeout=(CONNECT_SECONDS, server.seconds),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = _read(response)
            if time.monotonic() >= deadline:  # cut off: without a length, the rest looks whole
                raise TimeoutError
            return response.status_code, body
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        kind = type(error).__name__
        words = f"no whole answer came within {server.seconds:g} s, or no connection stood ({kind})"
        raise TerminologyError(words) from error
    finally:
        cut_off.cancel()


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > MOST_BYTES:
            raise TerminologyError(f"the answer is larger than {MOST_BYTES} bytes")
    return bytes(body)


def _issue_words(issues: list[Issue]) -> str:
    first = issues[0] if issues else Issue()
    said = first.diagnostics or (first.details and first.details.text) or ""
    known = _ADVICE.get(first.code or "", f"the server refuses: {printable(first.code or 'error')}")
    return f"{known}; it says: {printable(said)}" if said else known


def _status_words(status: int) -> str:
    return f"{_STATUS.get(status, 'the server does not expand it')} (HTTP status {status})"
