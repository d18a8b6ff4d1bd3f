"""The tables of tokens: who gets in, who does not, and that nobody outside learns why."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from cds_service.errors import ClientRefused
from cds_service.trust.gate import OUTCOMES
from cds_service.trust.key_set import ALGORITHMS, is_signed, make_key_set
from cds_service.trust.token import read_token
from tests.conftest import ROOT
from tests.trust.conftest import Cause
from tests.trust.forging import authorization, forged, tokens
from tests.trust.signing import ES_KID, RS_KID, Json, ec_jwk, ec_key, rsa_jwk, rsa_key

HOSTILE, WELCOME = tokens("hostile-tokens.yaml"), tokens("welcome-tokens.yaml")
KEYS: dict[str, Json] = {
    "own": ec_jwk(ES_KID, ec_key("own")),
    "shared": ec_jwk(ES_KID, ec_key("shared")),
    "rsa": rsa_jwk(RS_KID, rsa_key("own")),
}


def by_joserfc(token: str, jwk: Json) -> bool:
    """Tell what another library says of a signature."""
    key: Any = (RSAKey if jwk["kty"] == "RSA" else ECKey).import_key(jwk)
    try:
        jws.deserialize_compact(token.encode(), key, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError):
        return False
    return True


def by_us(token: str, jwk: Json) -> bool:
    """Tell what we say of the same signature."""
    ((key,),) = make_key_set([jwk]).values()
    return is_signed(token, key, str(read_token(token).header.get("alg")))


def is_well_formed(token: str) -> bool:
    """Tell whether a token comes as far as its signature."""
    try:
        read_token(token)
    except ClientRefused:
        return False
    return True


ALL = {name: forged(case) for name, case in (HOSTILE | WELCOME).items()}
JUDGED = [(n, key) for n, token in ALL.items() if is_well_formed(token) for key in KEYS]
# Rightly signed. joserfc refuses the shape of the header before it looks at the signature; here the
# rules refuse them. Nothing else may be judged differently.
ODD_HEADERS = {
    "kid-a-number",
    "kid-a-list",
    "kid-of-1000-characters",
    "jku-in-upper-case",
    "jku-a-list",
    "jku-a-file",
    "typ-a-list",
    "crit-unknown",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_gets_the_one_empty_401(
    name: str, refusing: FlaskClient, logged_cause: Cause
) -> None:
    answer = refusing.get("/cds-services", headers={"Authorization": authorization(HOSTILE[name])})
    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert logged_cause() == HOSTILE[name]["cause"]
    without = refusing.get("/cds-services")
    assert list(answer.headers) == list(without.headers)


@pytest.mark.parametrize("name", WELCOME)
def test_a_token_as_clients_send_it_is_accepted_once(
    name: str, guarded: FlaskClient, logged_cause: Cause
) -> None:
    headers = {"Authorization": authorization(WELCOME[name])}
    assert guarded.get("/cds-services", headers=headers).status_code == 200
    assert logged_cause() == "accepted"
    assert guarded.get("/cds-services", headers=headers).status_code == 401
    assert logged_cause() == "replay"


@pytest.mark.parametrize(("name", "key"), JUDGED)
def test_another_library_agrees_on_every_signature(name: str, key: str) -> None:
    is_odd = name in ODD_HEADERS and key == "own"
    assert by_us(ALL[name], KEYS[key]) == (by_joserfc(ALL[name], KEYS[key]) or is_odd)


def test_the_tables_are_long_enough_and_name_known_causes() -> None:
    assert len(HOSTILE) >= 60
    causes = {case["cause"] for case in HOSTILE.values()}
    assert causes | {"no-token", "replay", "keys-unavailable", "store"} <= set(OUTCOMES)


def test_without_a_token_there_is_the_same_answer(
    refusing: FlaskClient, logged_cause: Cause
) -> None:
    answer = refusing.get("/cds-services")
    assert (answer.status_code, answer.data) == (401, b"")
    assert logged_cause() == "no-token"


def test_every_quirk_about_tokens_has_a_case_or_is_named() -> None:
    named = (ROOT / "cds_hooks_quirks" / "README.md").read_text(encoding="utf-8")
    covered = {case.get("quirk") for case in (HOSTILE | WELCOME).values()}
    numbers = [*(f"Q{number}" for number in range(57, 65)), "Q87"]
    assert [n for n in numbers if n not in covered and f"**{n}**" not in named] == []
