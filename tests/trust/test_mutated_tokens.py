"""Good tokens, spoiled at random with a fixed seed: none gets in, and all are answered alike.

How many it takes, by faults planted in the code, with five seeds each; the token at which each was
noticed:

    a signature by RSA not looked at                  4 to 19
    a short signature not looked at                   2 to 36
    a time that is no number                          8 to 52
    signs after the third part                        3 to 88
    `nbf` that is no number                           8 to 157
    `jti` that is no text                             44 to 289
    `kid` that is no text                             38 to 512
    `alg` that is no text                             62 to 2,181
    `aud` of no or several addresses                  298 to 2,532

Bits left over at the end of a signature were not noticed in 100,000; they have a test of their own.
"""

import base64
import io
import json
import random
import string
import sys
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.soak import long
from tests.trust.signing import (
    ES_KID,
    RS_KID,
    ec_jwk,
    ec_key,
    good_claims,
    good_header,
    packed,
    rs384,
    rsa_jwk,
    rsa_key,
    token,
)
from tests.trust.test_tokens import by_joserfc, by_us, is_well_formed

HOW_MANY = long(3_000, 500_000)
BASE64URL = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}-_"
SIGNS = "ABCxyz019-_.=+/ {}\"'\\\0\t\u00e9"
VALUES = (None, True, -1, 0, 2**63, 1e308, "", "x", [], {}, ["x"], {"x": 1}, "JWT", "none", "HS256")
RS_HEADER = {**good_header(), "alg": "RS384", "kid": RS_KID}
GOOD = (token(), token(RS_HEADER, good_claims("jti-2"), rs384))
KEYS = (ec_jwk(ES_KID, ec_key("own")), rsa_jwk(RS_KID, rsa_key("own")))
Mutation = Callable[[str, random.Random], str]
# Slow by number; what it runs through is covered by test_tokens.py.


def changed_sign(text: str, chance: random.Random) -> str:
    """Put other signs in one place or more."""
    signs = list(text)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        signs[chance.randrange(len(signs))] = chance.choice(SIGNS)
    return "".join(signs)


def added(text: str, chance: random.Random) -> str:
    """Put signs in between."""
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(SIGNS) * chance.choice((1, 2, 4, 300)) + text[place:]


def taken_away(text: str, chance: random.Random) -> str:
    """Take signs away."""
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.choice((1, 2, 4, 40, 400)) :]


def flipped_bit(text: str, chance: random.Random) -> str:
    """Change one bit of what a part stands for."""
    parts = text.split(".")
    which = chance.randrange(3)
    content = bytearray(base64.urlsafe_b64decode(parts[which] + "=="))
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    parts[which] = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    return ".".join(parts)


def other_member(text: str, chance: random.Random) -> str:
    """Give a member of the header or the claims another value, and keep the signature."""
    parts = text.split(".")
    which = chance.randrange(2)
    members = json.loads(base64.urlsafe_b64decode(parts[which] + "=="))
    members[chance.choice([*members, "crit", "nbf", "x5u"])] = chance.choice(VALUES)
    kept = packed(json.dumps(members).encode(), b"{}").split(".")[0]
    parts[which] = kept
    return ".".join(parts)


def signed_by_a_stranger(text: str, chance: random.Random) -> str:
    """Keep all and sign with another key; elliptic, since making these takes long."""
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in text.split("."))
    return packed(header, claims, lambda _: chance.randbytes(chance.choice((96, 256, 64))))


def parts_exchanged(text: str, chance: random.Random) -> str:
    """Put the parts of two tokens together."""
    both = [one.split(".") for one in GOOD]
    return ".".join(chance.choice(both)[chance.randrange(3)] for _ in range(3))


MUTATIONS: tuple[Mutation, ...] = (
    changed_sign,
    added,
    taken_away,
    flipped_bit,
    other_member,
    signed_by_a_stranger,
    parts_exchanged,
)


def mutated(seed: int, how_many: int) -> Iterator[str]:
    """Yield spoiled tokens; a mutation that changed nothing is left out."""
    chance = random.Random(seed)
    while how_many:
        text = chance.choice(MUTATIONS)(chance.choice(GOOD), chance)
        if text.strip() not in GOOD and "\r" not in text and "\n" not in text:
            how_many -= 1
            yield text


@pytest.mark.parametrize("seed", range(10))
def test_no_mutated_token_gets_in_and_all_are_answered_alike(
    seed: int, guarded: FlaskClient
) -> None:
    app = guarded.application
    ((status, body, headers),) = {answer_to(app, text) for text in mutated(seed, HOW_MANY // 10)}
    assert (status, body) == ("401 UNAUTHORIZED", b"")
    assert ("WWW-Authenticate", "Bearer") in headers
    assert answer_to(app, GOOD[0])[0] == "200 OK"


def test_bits_left_over_at_the_end_of_a_signature_are_refused(guarded: FlaskClient) -> None:
    last = BASE64URL[BASE64URL.index(GOOD[1][-1]) ^ 1]
    assert answer_to(guarded.application, GOOD[1][:-1] + last)[0] == "401 UNAUTHORIZED"


def answer_to(app: Flask, text: str) -> tuple[str, bytes, tuple[tuple[str, str], ...]]:
    """Return status, body and headers of a call with a token; a test client takes twice as long."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/cds-services",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(),
        "HTTP_AUTHORIZATION": f"Bearer {text}",
    }
    begun: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    body = b"".join(app(environ, lambda status, fields, *_: begun.append((status, tuple(fields)))))
    ((status, headers),) = begun
    return status, body, headers


def test_another_library_agrees_on_every_mutated_signature() -> None:
    disagreed = [
        text
        for text in mutated(99, HOW_MANY // 10)
        if is_well_formed(text)
        for jwk in KEYS
        if by_us(text, jwk) or by_joserfc(text, jwk)
    ]
    assert disagreed == []
