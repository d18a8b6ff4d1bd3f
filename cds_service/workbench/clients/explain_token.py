"""`cds-service jwt check-token`: what is right and wrong with a client's token, and what to do.

Every rule that a call would meet is tried, and none stops the others. Reads the registered address
of the keys, and asks no store: whether a `jti` was used is not said, and the token is not used up.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TextIO

import click

from cds_service.app import make_gate
from cds_service.content.knowledge import cards_directory, load_knowledge
from cds_service.errors import CannotAuthenticate, ClientRefused
from cds_service.settings import read_settings
from cds_service.trust.clients import Client
from cds_service.trust.gate import Gate
from cds_service.trust.replay import Remembered
from cds_service.trust.token import RULES, Asked, Token, find_client, read_token

MOST_SHOWN = 120
# cause -> what to do about it; `{}` is what the token or the service says.
REMEDIES = {
    "form": "this is not a signed token of three base64url parts of strict JSON, at most 8 KiB",
    "issuer": "register a client with this `iss`, letter for letter: cds-service client add",
    "tenant": "add the token's `tenant` to the `tenants` of the client",
    "typ": "the EHR must write the header `typ` as JWT",
    "crit": "the EHR must leave `crit` and `b64` out of the header",
    "alg": "let the EHR sign with one of the client's `algorithms`, or add this one there",
    "jku": "write the token's `jku` as the client's `jku`, if that address is really the EHR's",
    "kid": "the EHR must name its key by `kid`",
    "aud": "let the EHR write exactly the address that it calls as `aud`, and nothing besides",
    "service": "add the service to the client's `services`",
    "iat": "`iat` must be now, in whole seconds: is a clock wrong, or the token old?",
    "exp": "`exp` must lie ahead, in whole seconds: is a clock wrong, or the token old?",
    "lifetime": "let the EHR issue tokens for one hour at most; five minutes are usual",
    "nbf": "`nbf` lies ahead or is no whole number: is a clock wrong?",
    "jti": "the EHR must give each token a `jti` of 1 to 255 printable ASCII signs",
    "key-unknown": "the `kid` is not among the client's keys: has the EHR published the key?",
    "key-ambiguous": "two keys of the client have this `kid`: one must go",
    "key-published": "anybody can sign with the public sandbox's key: use another in production",
    "key-kind": "the key with this `kid` is not one for this `alg`",
    "signature": "another key signed this, or the token was changed on the way",
    "keys-unavailable": "the client's keys could not be read: try its `jku` from this machine",
}


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """One check: its name, whether it passed, and what to know or to do."""

    name: str
    is_passed: bool
    words: str

    def __str__(self) -> str:
        """Return the line as it is printed."""
        return f"{'pass' if self.is_passed else 'FAIL'}  {self.name:<10} {self.words}".rstrip()


@click.group()
def jwt() -> None:
    """Look at the tokens that clients sign."""


@jwt.command(name="check-token")
@click.argument("token", metavar="[FILE]", type=click.File("r", errors="replace"), default="-")
@click.pass_obj
def check_token(environ: Mapping[str, str], token: TextIO) -> None:
    """Explain a token to an administrator: each check, and what to do.

    Reads a file, or standard input, so that no token stays in the history of a shell. Which
    service it is for is taken from its `aud`. It is not used up.
    """
    settings = read_settings(environ)
    root = cards_directory(settings.cards_dir)
    knowledge = load_knowledge(root, settings.site_dir)
    gate = make_gate(settings, knowledge, Remembered())
    text = token.read()
    service_id = _service_named(text, tuple(knowledge.services))
    now = datetime.now(settings.time_zone).timestamp()
    lines = list(_explained(text, gate, service_id, now))
    click.echo(f"Taken as a token for {service_id or 'discovery'}.")
    click.echo("\n".join(map(str, lines)))
    sys.exit(not all(line.is_passed for line in lines))


def _explained(text: str, gate: Gate, service_id: str | None, now: float) -> Iterator[TokenCheck]:
    """Yield a line for each check; `service_id` None takes the token as one for discovery."""
    try:
        token = read_token(_bare(text))
    except ClientRefused:
        yield TokenCheck("form", is_passed=False, words=REMEDIES["form"])
        return
    yield TokenCheck("form", is_passed=True, words="")
    try:
        client = find_client(token, gate.clients.of_issuer(token.claims.get("iss")))
    except ClientRefused as error:
        named = token.claims.get("iss" if error.cause == "issuer" else "tenant")
        yield _failed(error.cause, named)
        return
    yield TokenCheck("issuer", is_passed=True, words=f"the client is {client.name}")
    asked = Asked(client, gate.audiences(service_id), service_id, now)
    for cause, holds in RULES.items():
        if holds(token, asked):
            yield TokenCheck(cause, is_passed=True, words="")
        else:
            yield _failed(cause, _said(token, cause), _wanted(cause, asked))
    yield _signature(token, client, gate)


def _service_named(text: str, services: tuple[str, ...]) -> str | None:
    """Return the service that a token's `aud` names, or None, which is discovery."""
    try:
        audience = str(read_token(_bare(text)).claims.get("aud"))
    except ClientRefused:
        return None
    return next((name for name in services if f"/{name}" in audience), None)


def _bare(text: str) -> str:
    """Return a token without the word that an Authorization header has before it."""
    first, _, rest = text.strip().partition(" ")
    return rest.strip() if first.lower() == "bearer" else text.strip()


def _signature(token: Token, client: Client, gate: Gate) -> TokenCheck:
    try:
        gate.check_signature(token, client)
    except (ClientRefused, CannotAuthenticate) as error:
        return replace(_failed(error.cause, token.header.get("kid")), name="signature")
    return TokenCheck("signature", is_passed=True, words="")


def _said(token: Token, cause: str) -> object:
    """Return what the token says where a rule looks."""
    if cause == "lifetime":
        return [token.claims.get("iat"), token.claims.get("exp")]
    return token.header.get(cause, token.claims.get(cause))


def _wanted(cause: str, asked: Asked) -> str:
    issuer = asked.client.issuer
    wanted = {
        "aud": " or ".join(sorted(asked.audiences)),
        "alg": " or ".join(sorted(asked.client.algorithms)),
        "jku": (issuer.jku or "") if issuer else "",
        "iat": f"about {asked.now:.0f}",
        "exp": f"after {asked.now:.0f}",
        "service": ", ".join(sorted(asked.client.services)),
    }
    return wanted.get(cause, "")


def _failed(cause: str, said: object, wanted: str = "") -> TokenCheck:
    """Return what to do, with what the token says; that is text of a stranger, so in ASCII."""
    found = f"{said!a}"[:MOST_SHOWN]
    expected = f"; expected {wanted}" if wanted else ""
    words = f"{REMEDIES[cause]} (the token says {found}{expected})"
    return TokenCheck(cause, is_passed=False, words=words)
