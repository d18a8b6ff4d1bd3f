"""One `$expand` call to a terminology server: at most 5 MiB, within 30 s."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec
import requests
from msgspec import Struct

from cds_service.errors import TerminologyError
from cds_service.fhir.server.guarded_http import (
    ANYWHERE,
    LOOPBACK,
    NO_ANSWER,
    Network,
    cut_off_after,
    make_session,
    read_body,
)
from cds_service.fhir.server.urls import Base, parse_base

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
MOST_BYTES = 5 * 1024 * 1024
LONGEST_WORDS = 300
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


class OutcomeIssue(Struct):
    """OperationOutcome.issue; `details.text` is all that is read of its details."""

    code: str | None = None
    diagnostics: str | None = None
    details: dict[str, object] = {}


class ExpansionParameter(Struct, rename="camel"):
    name: str | None = None
    value_uri: str | None = None
    value_canonical: str | None = None


class Contains(Struct):
    """ValueSet.expansion.contains: a code, or a heading above others."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    abstract: bool = False
    inactive: bool = False
    contains: "list[Contains]" = []


class Expansion(Struct):
    total: int | None = None
    offset: int | None = None
    contains: list[Contains] = []
    parameter: list[ExpansionParameter] = []
    extension: list[dict[str, object]] = []


class Expanding(Struct, rename="camel"):
    """A ValueSet with its expansion, or an OperationOutcome."""

    resource_type: str
    expansion: Expansion | None = None
    issue: list[OutcomeIssue] = []


@dataclass(frozen=True, slots=True)
class TerminologyServer:
    """A terminology server that may be asked; `seconds` is by when an answer is complete."""

    base: Base
    session: requests.Session
    seconds: float = ANSWER_SECONDS

    @property
    def networks(self) -> tuple[Network, ...]:
        """Where its name may resolve to: this machine, or anywhere but this machine."""
        return LOOPBACK if self.base.is_loopback else ANYWHERE


def make_server(url: str, seconds: float = ANSWER_SECONDS) -> TerminologyServer:
    """Return the server at a FHIR base URL; raise unless it is https, or on this machine."""
    base = parse_base(url)
    if base is None:
        raise TerminologyError("--terminology takes a FHIR base URL such as https://host/fhir.")
    if base.scheme != "https" and not base.is_loopback:
        raise TerminologyError("A terminology server on another machine needs https.")
    return TerminologyServer(base, make_session(), seconds)


def expand_page(
    server: TerminologyServer, query: Mapping[str, str], parameters: object = None
) -> Expansion:
    """Return the expansion that the server sends; raise `TerminologyError` for anything else.

    A Parameters resource is sent by POST, a query alone by GET.
    """
    status, body = _send(server, query, parameters)
    answer: Expanding | None = None
    with suppress(msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        answer = msgspec.json.decode(body, type=Expanding)
    if answer and answer.resource_type == "OperationOutcome":
        raise TerminologyError(f"{_issue_words(answer.issue)} (HTTP status {status})")
    if status != requests.codes.ok:
        words = _STATUS.get(status, "the server does not expand it")
        raise TerminologyError(f"{words} (HTTP status {status})")
    if answer is None:
        raise TerminologyError("the answer is not a FHIR ValueSet in JSON")
    if answer.resource_type != "ValueSet" or answer.expansion is None:
        raise TerminologyError("the answer is not a ValueSet with an expansion")
    return answer.expansion


def printable(text: str) -> str:
    """Return foreign text fit for a terminal: one line, no control characters, not endless."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:LONGEST_WORDS]


def _send(
    server: TerminologyServer, query: Mapping[str, str], parameters: object
) -> tuple[int, bytes]:
    try:
        with (
            cut_off_after(server.seconds, server.networks, CONNECT_SECONDS) as is_late,
            server.session.request(
                "POST" if parameters else "GET",
                f"{server.base.text}/ValueSet/$expand",
                params=urlencode(query, quote_via=quote),
                json=parameters,
                headers={"Content-Type": _JSON} if parameters else {},
                timeout=(CONNECT_SECONDS, server.seconds),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = read_body(response, MOST_BYTES, is_late)
            status = response.status_code
    except NO_ANSWER as error:
        kind = type(error).__name__
        words = f"no whole answer came within {server.seconds:g} s, or no connection stood ({kind})"
        raise TerminologyError(words) from error
    if body is None:
        raise TerminologyError(f"the answer is larger than {MOST_BYTES} bytes")
    return status, body


def _issue_words(issues: list[OutcomeIssue]) -> str:
    first = issues[0] if issues else OutcomeIssue()
    said = str(first.diagnostics or first.details.get("text") or "")
    known = _ADVICE.get(first.code or "", f"the server refuses: {printable(first.code or 'error')}")
    return f"{known}; it says: {printable(said)}" if said else known
