"""A JWT as text -> its parts, and what must hold of them.

The rules are a table, so that a call stops at the first that fails while an administrator is told
of all. CDS Hooks 2.0.1, "Trusting CDS Clients".
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cds_service.errors import ClientRefused
from cds_service.trust.clients import Client
from cds_service.trust.key_set import MOST_KID_CHARACTERS
from cds_service.trust.strict_json import Json, read_object

MOST_CHARACTERS = 8 * 1024
LEEWAY_SECONDS = 60
MOST_LIFE_SECONDS = 3600
_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_JTI = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is well formed; nothing of it has been believed yet."""

    text: str
    header: Mapping[str, Json]
    claims: Mapping[str, Json]

    def seconds(self, claim: str) -> float:
        """Return a time claim, whole seconds since 1970, or NaN, for which no comparison holds."""
        value = self.claims.get(claim)
        return value if isinstance(value, int) and not isinstance(value, bool) else math.nan

    @property
    def life_seconds(self) -> float:
        """How long it is good for."""
        return self.seconds("exp") - self.seconds("iat")

    @property
    def kid(self) -> str:
        """Which key signed it, "" where that is no text."""
        return _text(self.header, "kid")

    @property
    def alg(self) -> str:
        """By which algorithm, "" where that is no text."""
        return _text(self.header, "alg")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a token must fit: the client that it names, the addresses and service, the moment."""

    client: Client
    audiences: frozenset[str]
    service_id: str | None
    now: float


Rule = Callable[[Token, Asked], bool]


def read_token(text: str) -> Token:
    """Return the parts of a compact JWS; raise `ClientRefused` for anything not canonical."""
    parts = _PARTS.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if parts is None:
        raise ClientRefused("form")
    try:
        header, claims, _ = (_decoded(part) for part in parts.groups())
        return Token(text, read_object(header), read_object(claims))
    except ValueError as error:
        raise ClientRefused("form") from error


def check_rules(token: Token, asked: Asked) -> None:
    """Raise `ClientRefused` with the cause of the first rule that does not hold."""
    for cause, holds in RULES.items():
        if not holds(token, asked):
            raise ClientRefused(cause)


def _text(members: Mapping[str, Json], name: str) -> str:
    """Return a member that is a text, "" where it is anything else."""
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _decoded(part: str) -> bytes:
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        raise ValueError("bits left over")
    return content


def _jku_is_registered(token: Token, asked: Asked) -> bool:
    issuer = asked.client.issuer
    return "jku" not in token.header or (
        issuer is not None and issuer.jku is not None and token.header["jku"] == issuer.jku
    )


def _is_for_this_address(token: Token, asked: Asked) -> bool:
    """Tell whether `aud` is this address alone: a token for two services could be used twice."""
    audience = token.claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        (audience,) = audience
    return isinstance(audience, str) and audience in asked.audiences


def _was_issued(token: Token, asked: Asked) -> bool:
    age = asked.now - token.seconds("iat")
    return -LEEWAY_SECONDS <= age <= MOST_LIFE_SECONDS + LEEWAY_SECONDS


def _has_begun(token: Token, asked: Asked) -> bool:
    return "nbf" not in token.claims or token.seconds("nbf") <= asked.now + LEEWAY_SECONDS


RULES: Mapping[str, Rule] = {
    "typ": lambda token, _: token.header.get("typ") == "JWT",
    # No extension is known here (RFC 7515, 4.1.11).
    "crit": lambda token, _: "crit" not in token.header and "b64" not in token.header,
    "alg": lambda token, asked: token.alg in asked.client.algorithms,
    "jku": _jku_is_registered,
    "kid": lambda token, _: 0 < len(token.kid) <= MOST_KID_CHARACTERS,
    "aud": _is_for_this_address,
    "service": lambda _, asked: asked.client.may_call(asked.service_id),
    "iat": _was_issued,
    "exp": lambda token, asked: asked.now <= token.seconds("exp") + LEEWAY_SECONDS,
    "lifetime": lambda token, _: 0 < token.life_seconds <= MOST_LIFE_SECONDS,
    "nbf": _has_begun,
    "jti": lambda token, _: bool(_JTI.fullmatch(_text(token.claims, "jti"))),
}
