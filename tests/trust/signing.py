"""Keys and tokens made without the library under test, and a service that knows their issuer."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from flask import Flask

from cds_service.app import make_app
from cds_service.core.knowledge import Knowledge
from cds_service.settings import Settings
from tests.conftest import NOW

Json = dict[str, Any]
ISS, JKU = "https://ehr.example.org/cds", "https://ehr.example.org/jwks.json"
OTHER_ISS = "https://other.example.org"
BASE = "https://cds.example.org"
DISCOVERY = f"{BASE}/cds-services"
ES_KID, RS_KID, SHARED_KID, WEB_KID = "es-1", "rs-1", "shared", "a+b/c="
MOMENT = int(NOW.timestamp())


def base64url(content: bytes) -> str:
    """Write bytes as JOSE does."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


CURVES: Mapping[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p521": ec.SECP521R1()}


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """Return the elliptic-curve key of this name, P-384 unless the name is another curve's."""
    return ec.generate_private_key(CURVES.get(name, ec.SECP384R1()))


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the RSA key of this name."""
    return rsa.generate_private_key(65537, bits)


def number(value: int, size: int | None = None) -> str:
    """Write a number of a JWK."""
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def ec_jwk(kid: str, key: ec.EllipticCurvePrivateKey, **members: Any) -> Json:
    """Return the public JWK of a P-384 key."""
    point = key.public_key().public_numbers()
    size = (key.key_size + 7) // 8
    crv = {256: "P-256", 384: "P-384", 521: "P-521"}[key.key_size]
    x, y = number(point.x, size), number(point.y, size)
    return {"kty": "EC", "crv": crv, "use": "sig", "kid": kid, "x": x, "y": y, **members}


def rsa_jwk(kid: str, key: rsa.RSAPrivateKey, **members: Any) -> Json:
    """Return the public JWK of an RSA key."""
    public = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": number(public.n), "e": number(public.e), **members}


def es384(content: bytes, name: str = "own") -> bytes:
    """Sign with the P-384 key of this name."""
    return es(content, ec_key(name), hashes.SHA384())


def es(content: bytes, key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm) -> bytes:
    """Sign with a curve; JOSE wants both numbers side by side."""
    size = (key.key_size + 7) // 8
    pair = utils.decode_dss_signature(key.sign(content, ec.ECDSA(digest)))
    return b"".join(value.to_bytes(size, "big") for value in pair)


def rs384(content: bytes, name: str = "own") -> bytes:
    """Sign with the RSA key of this name."""
    return rsa_key(name).sign(content, padding.PKCS1v15(), hashes.SHA384())


def pem() -> bytes:
    """Return our P-384 public key as the text that anybody has."""
    return (
        ec_key("own")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


Signer = Callable[[bytes], bytes]
SIGNERS: Mapping[str, Signer] = {
    "own": es384,
    "own-rsa": rs384,
    "stranger": lambda content: es384(content, "stranger"),
    "stranger-rsa": lambda content: rs384(content, "stranger"),
    "other-issuer": lambda content: es384(content, "other"),
    "none": lambda _: b"",
    "zeros": lambda _: bytes(96),
    "order": lambda _: b"\xff" * 96,
    "short": lambda content: es384(content)[:-1],
    "long": lambda content: es384(content) + b"\0",
    "der": lambda content: ec_key("own").sign(content, ec.ECDSA(hashes.SHA384())),
    "sha-256": lambda content: es(content, ec_key("own"), hashes.SHA256()),
    "p-256": lambda content: es(content, ec_key("p256"), hashes.SHA256()),
    "rsa-sha-256": lambda c: rsa_key("own").sign(c, padding.PKCS1v15(), hashes.SHA256()),
    "rsa-pss": lambda c: rsa_key("own").sign(
        c, padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384()
    ),
    "hmac-pem": lambda content: hmac.digest(pem(), content, "sha256"),
    "hmac-pem-384": lambda content: hmac.digest(pem(), content, "sha384"),
    "hmac-jwk": lambda c: hmac.digest(
        json.dumps(ec_jwk(ES_KID, ec_key("own"))).encode(), c, "sha384"
    ),
    "hmac-empty": lambda content: hmac.digest(b"", content, "sha256"),
    "digest": lambda content: hashlib.sha384(content).digest() * 2,
}


def good_header() -> Json:
    """Return the header of an ordinary token."""
    return {"alg": "ES384", "typ": "JWT", "kid": ES_KID, "jku": JKU}


def good_claims(jti: str = "jti-1", audience: str = DISCOVERY, now: int = MOMENT) -> Json:
    """Return the claims of an ordinary token."""
    return {"iss": ISS, "aud": audience, "exp": now + 300, "iat": now, "jti": jti}


def packed(header: bytes, claims: bytes, signer: Signer = es384) -> str:
    """Return the token of these bytes."""
    content = f"{base64url(header)}.{base64url(claims)}"
    return f"{content}.{base64url(signer(content.encode()))}"


def token(header: Json | None = None, claims: Json | None = None, signer: Signer = es384) -> str:
    """Return a token; what is not given is ordinary."""
    parts = (good_header() if header is None else header, claims or good_claims())
    return packed(*(json.dumps(part).encode() for part in parts), signer=signer)


def clients_file(folder: Path, *more: Json) -> Path:
    """Write a clients file with our issuer, another that uses one of its kids, and more."""
    stranger = ec_jwk(SHARED_KID, ec_key("other"))
    content = [
        {
            "name": "Example Hospital",
            "iss": ISS,
            "jku": JKU,
            "keys": [
                ec_jwk(ES_KID, ec_key("own")),
                ec_jwk(SHARED_KID, ec_key("shared")),
                ec_jwk(WEB_KID, ec_key("own"), alg="ES384"),
                rsa_jwk(RS_KID, rsa_key("own")),
            ],
        },
        {"name": "Other Hospital", "iss": OTHER_ISS, "keys": [stranger]},
        *more,
    ]
    path = folder / "clients.yaml"
    path.write_text(yaml.safe_dump({"clients": content}), encoding="utf-8")
    return path


def guarded_app(
    knowledge: Knowledge, clients: Path, *, now: float = MOMENT, **settings: Any
) -> Flask:
    """Return the service with client tokens, at a moment."""
    chosen = Settings(
        public_base_url=BASE,
        client_authentication="jwt",
        clients_file=clients,
        database_url=f"sqlite:///{clients.parent}/store.sqlite3",
        **settings,
    )
    moment = NOW + timedelta(seconds=now - MOMENT)
    clock: Callable[[], datetime] = lambda: moment  # noqa: E731
    return make_app(chosen, knowledge, clock)
