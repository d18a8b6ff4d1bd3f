"""Every algorithm that a client may be registered for, and what JSON of a token may hold."""

import json
from typing import Any, get_args

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from cds_service.trust.clients import Algorithm
from cds_service.trust.key_set import is_signed, make_key_set
from cds_service.trust.strict_json import MOST_DEPTH, read_object

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
NINE = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]


@pytest.fixture(scope="module")
def rsa() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k"}, auto_kid=False)


def test_a_client_may_be_registered_for_nine_algorithms() -> None:
    assert list(get_args(Algorithm)) == NINE


@pytest.mark.parametrize("algorithm", NINE)
def test_a_signature_of_every_algorithm_is_judged(algorithm: str, rsa: RSAKey) -> None:
    curve = CURVES.get(algorithm)
    pair: Any = ECKey.generate_key(curve, {"kid": "k"}) if curve else rsa
    header = {"alg": algorithm, "kid": "k"}
    token = jws.serialize_compact(header, b"{}", pair, algorithms=NINE)
    ((key,),) = make_key_set([pair.as_dict(private=False)]).values()
    assert is_signed(token, key, algorithm)
    head, body, signature = token.split(".")
    assert not is_signed(f"{head}.{body}A.{signature}", key, algorithm)


def nested(depth: int, *, in_lists: bool) -> bytes:
    """Return an object of so many levels, with text at the bottom."""
    value: object = "text"
    for _ in range(depth - 2):
        value = [value] if in_lists else {"a": value}
    return json.dumps({"a": value}).encode()


@pytest.mark.parametrize("in_lists", [True, False])
def test_json_is_read_to_the_greatest_depth_and_no_deeper(in_lists: bool) -> None:
    assert read_object(nested(MOST_DEPTH, in_lists=in_lists))
    with pytest.raises(ValueError, match="too deep"):
        read_object(nested(MOST_DEPTH + 1, in_lists=in_lists))


def test_the_greatest_depth_is_64() -> None:
    assert MOST_DEPTH == 64
