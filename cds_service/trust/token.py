"""A JWT as text -> its parts, and what must hold of them.

The rules are a table, so that a call stops at the first that fails while an administrator is told
of all. CDS Hooks 2.0.1, "Trusting CDS Clients".
"""

import base64
import binascii
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

    def seconds(self, claim: str) -> int | None:
        """Return a time claim, whole seconds since 1970, or None where it is no whole number."""
        value = self.claims.get(claim)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


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


def find_client(token: Token, candidates: tuple[Client, ...]) -> Client:
    """Return the client that a token names by `iss` and, where it is registered, `tenant`."""
    if not candidates:
        raise ClientRefused("issuer")
    tenant = token.claims.get("tenant")
    for client in candidates:
        if not client.tenants or (isinstance(tenant, str) and tenant in client.tenants):
            return client
    raise ClientRefused("tenant")


def check_rules(token: Token, asked: Asked) -> None:
    """Raise `ClientRefused` with the cause of the first rule that does not hold."""
    for cause, holds in RULES.items():
        if not holds(token, asked):
            raise ClientRefused(cause)


def _decoded(part: str) -> bytes:
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        raise ValueError("bits left over")
    return content


def _is_a_jwt(token: Token, _: Asked) -> bool:
    return token.header.get("typ") == "JWT"


def _has_nothing_critical(token: Token, _: Asked) -> bool:
    """Tell whether the token asks for no extension: none is known here (RFC 7515, 4.1.11)."""
    return "crit" not in token.header and "b64" not in token.header


def _algorithm_is_allowed(token: Token, asked: Asked) -> bool:
    algorithm = token.header.get("alg")
    return isinstance(algorithm, str) and algorithm in asked.client.algorithms


def _jku_is_registered(token: Token, asked: Asked) -> bool:
    issuer = asked.client.issuer
    return "jku" not in token.header or (
        issuer is not None and issuer.jku is not None and token.header["jku"] == issuer.jku
    )


def _has_a_kid(token: Token, _: Asked) -> bool:
    kid = token.header.get("kid")
    return isinstance(kid, str) and 0 < len(kid) <= MOST_KID_CHARACTERS


def _is_for_this_address(token: Token, asked: Asked) -> bool:
    """Tell whether `aud` is this address alone: a token for two services could be used twice."""
    audience = token.claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        (audience,) = audience
    return isinstance(audience, str) and audience in asked.audiences


def _service_is_open(_: Token, asked: Asked) -> bool:
    return asked.client.may_call(asked.service_id)


def _was_issued(token: Token, asked: Asked) -> bool:
    issued = token.seconds("iat")
    if issued is None:
        return False
    return -LEEWAY_SECONDS <= asked.now - issued <= MOST_LIFE_SECONDS + LEEWAY_SECONDS


def _is_alive(token: Token, asked: Asked) -> bool:
    expires = token.seconds("exp")
    return expires is not None and asked.now <= expires + LEEWAY_SECONDS


def _life_is_short(token: Token, _: Asked) -> bool:
    issued, expires = token.seconds("iat"), token.seconds("exp")
    if issued is None or expires is None:
        return False
    return 0 < expires - issued <= MOST_LIFE_SECONDS


def _has_begun(token: Token, asked: Asked) -> bool:
    if "nbf" not in token.claims:
        return True
    begins = token.seconds("nbf")
    return begins is not None and begins <= asked.now + LEEWAY_SECONDS


def _has_a_jti(token: Token, _: Asked) -> bool:
    jti = token.claims.get("jti")
    return isinstance(jti, str) and bool(_JTI.fullmatch(jti))


RULES: Mapping[str, Rule] = {
    "typ": _is_a_jwt,
    "crit": _has_nothing_critical,
    "alg": _algorithm_is_allowed,
    "jku": _jku_is_registered,
    "kid": _has_a_kid,
    "aud": _is_for_this_address,
    "service": _service_is_open,
    "iat": _was_issued,
    "exp": _is_alive,
    "lifetime": _life_is_short,
    "nbf": _has_begun,
    "jti": _has_a_jti,
}
