"""An Authorization header -> the client that sent it, or the cause why nobody did.

Everything that costs nothing comes before the signature, and a `jti` counts as used only after it.
"""

import re
from dataclasses import dataclass, field

from cds_service.errors import ClientRefused
from cds_service.trust.clients import Client, Clients
from cds_service.trust.key_set import is_signed
from cds_service.trust.keys import Keys
from cds_service.trust.replay import ACCEPTED, WITHOUT_STORE, Remembered, SeenTokens, accept_once
from cds_service.trust.token import RULES, Asked, Token, check_rules, read_token

DISCOVERY_PATH = "/cds-services"
# Every word that our log and metrics may hold of an outcome, and no other.
OUTCOMES = (
    ACCEPTED,
    WITHOUT_STORE,
    "no-token",
    "form",
    "issuer",
    "tenant",
    *RULES,
    "key-unknown",
    "key-ambiguous",
    "key-published",
    "key-kind",
    "signature",
    "replay",
    "keys-unavailable",
    "store",
)
_BEARER = re.compile(r"bearer +([^ ]+) *", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gate:
    """What admits clients: who is registered, our public addresses, keys, and used tokens."""

    clients: Clients
    base_urls: tuple[str, ...]
    keys: Keys
    store: SeenTokens
    memory: Remembered = field(default_factory=Remembered)

    def admit(self, header: str | None, service_id: str | None, now: float) -> tuple[Client, str]:
        """Return the client and the word for our log; `service_id` None is discovery.

        Raises `ClientRefused`, or `CannotAuthenticate` where keys or store are out of reach.
        """
        token = read_token(_bearer(header))
        client = self.clients.named_by(token.claims)
        check_rules(token, Asked(client, self.audiences(service_id), service_id, now))
        self.check_signature(token, client)
        if client.may_repeat:
            return client, ACCEPTED
        return client, accept_once(token, self.memory, self.store, now)

    def audiences(self, service_id: str | None) -> frozenset[str]:
        """Return what `aud` may be: our configured addresses, never one that the request names."""
        path = DISCOVERY_PATH if service_id is None else f"{DISCOVERY_PATH}/{service_id}"
        return frozenset(f"{base}{path}" for base in self.base_urls)

    def check_signature(self, token: Token, client: Client) -> None:
        """Raise unless a key of the client's issuer signed the token."""
        if client.issuer is None:
            raise ClientRefused("issuer")
        key = self.keys.find(client.issuer, token.kid)
        if token.alg not in key.algorithms:
            raise ClientRefused("key-kind")
        if not is_signed(token.text, key, token.alg):
            raise ClientRefused("signature")


def _bearer(header: str | None) -> str:
    if not header:
        raise ClientRefused("no-token")
    found = _BEARER.fullmatch(header)
    if found is None:
        raise ClientRefused("form")
    return found[1]
