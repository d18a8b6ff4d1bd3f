"""`cds-service jwt check-token`: what is right and wrong with a client's token, and what to do.

Every rule that a call would meet is tried, and none stops the others. Reads the registered address
of the keys, and asks no store: whether a `jti` was used is not said, and the token is not used up.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TextIO

import click

from cds_service.app import make_gate, read_content
from cds_service.core.knowledge import Knowledge
from cds_service.errors import CannotAuthenticate, ClientRefused
from cds_service.settings import read_settings
from cds_service.trust.gate import Gate
from cds_service.trust.replay import Remembered
from cds_service.trust.token import RULES, Asked, Token, read_token

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


# The members of a token that a check is about, where they are not called as the check is.
MEMBERS = {"form": (), "issuer": ("iss",), "lifetime": ("iat", "exp"), "signature": ("kid",)}


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
    knowledge = read_content(settings)
    gate = make_gate(settings, knowledge, Remembered())
    text = _bare(token.read())
    service_id = _service_named(text, knowledge)
    now = datetime.now(settings.time_zone).timestamp()
    lines = list(_explained(text, gate, service_id, now))
    click.echo(f"Taken as a token for {service_id or 'discovery'}.")
    click.echo("\n".join(lines))
    sys.exit(any(line.startswith("FAIL") for line in lines))


def _explained(text: str, gate: Gate, service_id: str | None, now: float) -> Iterator[str]:
    """Yield a line for each check; `service_id` None takes the token as one for discovery."""
    token = Token(text, {}, {})
    try:
        token = read_token(text)
        yield _passed("form")
        client = gate.clients.named_by(token.claims)
        yield _passed("issuer", f"the client is {client.name}")
    except ClientRefused as error:
        yield _failed(error.cause, error.cause, token)
        return
    asked = Asked(client, gate.audiences(service_id), service_id, now)
    for cause, holds in RULES.items():
        is_right = holds(token, asked)
        yield _passed(cause) if is_right else _failed(cause, cause, token, _wanted(cause, asked))
    try:
        gate.check_signature(token, client)
        yield _passed("signature")
    except (ClientRefused, CannotAuthenticate) as error:
        yield _failed("signature", error.cause, token)


def _service_named(text: str, knowledge: Knowledge) -> str | None:
    """Return the service that a token's `aud` names, or None, which is discovery."""
    with suppress(ClientRefused):
        audience = str(read_token(text).claims.get("aud"))
        return next((name for name in knowledge.services if f"/{name}" in audience), None)
    return None


def _bare(text: str) -> str:
    """Return a token without the word that an Authorization header has before it."""
    first, _, rest = text.strip().partition(" ")
    return rest.strip() if first.lower() == "bearer" else text.strip()


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


def _passed(name: str, words: str = "") -> str:
    return f"pass  {name:<10} {words}".rstrip()


def _failed(name: str, cause: str, token: Token, wanted: str = "") -> str:
    """Return what to do, with what the token says; that is text of a stranger, so in ASCII."""
    said = [token.header.get(m, token.claims.get(m)) for m in MEMBERS.get(name, (name,))]
    found = ascii(said[0] if len(said) == 1 else said)[:MOST_SHOWN]
    expected = f"; expected {wanted}" if wanted else ""
    says = f" (the token says {found}{expected})" if said else ""
    return f"FAIL  {name:<10} {REMEDIES[cause]}{says}"
