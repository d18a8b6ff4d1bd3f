"""A client token -> what is right and wrong with it, for an administrator; refuses to use it up.

Every rule that a call would meet is tried, none stops the others, and the words say what to do.
Reads the registered address of the keys, and asks no store: whether a `jti` was used is not said.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cds_service.errors import CannotAuthenticate, ClientRefused
from cds_service.trust.clients import Client
from cds_service.trust.gate import Gate
from cds_service.trust.token import RULES, Asked, Token, find_client, read_token

MOST_SHOWN = 120
_UNKNOWN_KID = "the `kid` is not among the client's keys: has the EHR published the key?"
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
    "key-unknown": _UNKNOWN_KID,
    "key-ambiguous": "two keys of the client have this `kid`: one must go",
    "key-published": "anybody can sign with the public sandbox's key: use another in production",
    "key-kind": "the key with this `kid` is not one for this `alg`",
    "signature": "another key signed this, or the token was changed on the way",
    "keys-unavailable": "the client's keys could not be read: try its `jku` from this machine",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One check: its name, whether it passed, and what to know or to do."""

    name: str
    is_passed: bool
    words: str

    def __str__(self) -> str:
        """Return the line as it is printed."""
        return f"{'pass' if self.is_passed else 'FAIL'}  {self.name:<10} {self.words}".rstrip()


def explain_token(text: str, gate: Gate, service_id: str | None, now: float) -> list[Line]:
    """Return a line for each check; `service_id` None takes the token as one for discovery."""
    try:
        token = read_token(_bare(text))
    except ClientRefused:
        return [Line("form", is_passed=False, words=REMEDIES["form"])]
    return [Line("form", is_passed=True, words=""), *_lines(token, gate, service_id, now)]


def service_named(text: str, services: tuple[str, ...]) -> str | None:
    """Return the service that a token's `aud` names, or None, which is discovery."""
    try:
        said = str(read_token(_bare(text)).claims.get("aud"))
    except ClientRefused:
        return None
    return next((name for name in services if f"/{name}" in said), None)


def _bare(text: str) -> str:
    """Return a token without the word that an Authorization header has before it."""
    first, _, rest = text.strip().partition(" ")
    return rest.strip() if first.lower() == "bearer" else text.strip()


def _lines(token: Token, gate: Gate, service_id: str | None, now: float) -> Iterator[Line]:
    try:
        client = find_client(token, gate.clients.of_issuer(token.claims.get("iss")))
    except ClientRefused as error:
        said = token.claims.get("iss" if error.cause == "issuer" else "tenant")
        yield Line(error.cause, is_passed=False, words=_remedy(error.cause, said))
        return
    yield Line("issuer", is_passed=True, words=f"the client is {client.name}")
    asked = Asked(client, gate.audiences(service_id), service_id, now)
    for cause, holds in RULES.items():
        is_passed = holds(token, asked)
        words = "" if is_passed else _remedy(cause, _said(token, cause), _wanted(cause, asked))
        yield Line(cause, is_passed, words)
    yield _signature(token, client, gate)


def _signature(token: Token, client: Client, gate: Gate) -> Line:
    try:
        gate.check_signature(token, client)
    except (ClientRefused, CannotAuthenticate) as error:
        return Line(
            "signature", is_passed=False, words=_remedy(error.cause, token.header.get("kid"))
        )
    return Line("signature", is_passed=True, words="")


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


def _remedy(cause: str, said: object, wanted: str = "") -> str:
    """Return what to do, with what the token says; that is text of a stranger, so in ASCII."""
    found = f"{said!a}"[:MOST_SHOWN]
    expected = f"; expected {wanted}" if wanted else ""
    return f"{REMEDIES[cause]} (the token says {found}{expected})"
