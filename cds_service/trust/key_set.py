"""A JWK set -> keys that can check a signature; weak and symmetric keys are passed over."""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, get_algorithm_by_name
from jwt.exceptions import PyJWTError

from cds_service.errors import KeySetError
from cds_service.trust.strict_json import read_object

PublicKey = EllipticCurvePublicKey | RSAPublicKey
# alg -> what the key must be: kty and, for a curve, crv. Nothing symmetric can stand here.
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
}
LEAST_RSA_BITS = 2048
MOST_KID_CHARACTERS = 255
# The key whose private half is published with the source of the public CDS Hooks sandbox.
SANDBOX_THUMBPRINT = "s9fOe-KDYD1myZ8YCzleUqJQgrYZL49kVijBxhnZvZc"
_THUMBPRINT_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key; `algorithms` are those that it may be used with."""

    public: PublicKey
    algorithms: frozenset[str]
    thumbprint: str


KeySet = Mapping[str, tuple[Key, ...]]


def read_key_set(content: bytes) -> KeySet:
    """Return the usable keys by kid; raise `KeySetError` where this is no JWK set at all.

    Keys of other kinds are passed over, as RFC 7517 asks. Two keys may share a kid: then neither
    can be meant.
    """
    try:
        members = read_object(content)
    except ValueError as error:
        raise KeySetError("not JSON") from error
    return make_key_set(members.get("keys"))


def make_key_set(listed: object) -> KeySet:
    """Return the usable keys of the list `keys`, by kid."""
    if not isinstance(listed, list):
        raise KeySetError("no list `keys`")
    found: defaultdict[str, tuple[Key, ...]] = defaultdict(tuple)
    for jwk in listed:
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        if isinstance(kid, str) and len(kid) <= MOST_KID_CHARACTERS and (key := read_key(jwk)):
            found[kid] += (key,)
    return dict(found)


def read_key(jwk: Mapping[str, object]) -> Key | None:
    """Return the public key of a JWK, or None where it cannot check a signature."""
    kty, crv = jwk.get("kty"), jwk.get("crv")
    fitting = (alg for alg, kind in ALGORITHMS.items() if kind in ((kty, crv), (kty, None)))
    algorithms = frozenset(alg for alg in fitting if jwk.get("alg", alg) == alg)
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list):
        return None
    if not algorithms or "verify" not in operations:
        return None
    public = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[str(kty)] if name in jwk}
    try:
        key = PyJWK(public, min(algorithms)).key
    except (PyJWTError, ValueError, TypeError, AttributeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        return None
    return Key(key, algorithms, _thumbprint(public))


def is_signed(token: str, key: Key, algorithm: str) -> bool:
    """Tell whether a well-formed token's signature is this key's, by this algorithm."""
    if algorithm not in key.algorithms:
        return False
    content, _, signature = token.rpartition(".")
    written = signature + "=" * (-len(signature) % 4)
    # PyJWT's own class for the algorithm; its `decode` would parse the whole token once more.
    verifier = get_algorithm_by_name(algorithm)
    return verifier.verify(content.encode(), key.public, base64.urlsafe_b64decode(written))


def _thumbprint(public: Mapping[str, object]) -> str:
    """Return the SHA-256 thumbprint of RFC 7638."""
    members = {name: public[name] for name in _THUMBPRINT_MEMBERS[str(public["kty"])]}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
