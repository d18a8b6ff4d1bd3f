"""How the clients of the clients file prove who they are; what is wrong stops the start."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cds_service.app import make_app
from cds_service.clients.checks import Strictness
from cds_service.clients.clients import load_clients
from cds_service.core.knowledge import Knowledge
from cds_service.errors import ClientRefused, KnowledgeError
from cds_service.settings import Settings
from cds_service.trust.clients import Clients
from tests.trust.signing import ec_jwk, ec_key, rsa_jwk, rsa_key

OWN, RSA = ec_jwk("es-1", ec_key("own")), rsa_jwk("rs-1", rsa_key("own"))
# As the source of the public sandbox publishes it, with its private key.
SANDBOX_KEY = {
    "kty": "EC",
    "use": "sig",
    "crv": "P-384",
    "kid": "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f",
    "x": "dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB",
    "y": "Sm3mLE-n1zYNla_aiE3cb3nZsL51RbC7ysw3q8aJLxGm-hx79RPMYpITDjp7kgzy",
    "alg": "ES384",
}
SANDBOX = "https://sandbox.cds-hooks.org"
HTTPS_JKU = "https://ehr.example.org/jwks"
Client = dict[str, Any]
Load = Callable[..., Clients]


def client(**members: Any) -> Client:
    """Return a client of the file; what is not given is in order, None takes a member away."""
    whole = {"name": "one", "iss": "https://ehr.example.org", "jku": HTTPS_JKU} | members
    return {name: value for name, value in whole.items() if value is not None}


@pytest.fixture
def load(tmp_path: Path, knowledge: Knowledge) -> Load:
    """Load a clients file with these clients, one a line, in JSON, which is YAML too."""

    def load_listed(*clients: Client, is_production: bool = True) -> Clients:
        path = tmp_path / "clients.yaml"
        lines = "\n".join(f"  - {json.dumps(one)}" for one in clients)
        path.write_text(f"clients:\n{lines}\n", encoding="utf-8")
        return load_clients(path, knowledge, Strictness(is_production, needs_issuers=True))

    return load_listed


def test_a_client_is_found_by_its_issuer(load: Load) -> None:
    clients = load(client(), client(name="two", iss="https://two.example", jku=None, keys=[OWN]))
    one, two = (
        clients.named_by({"iss": iss}) for iss in ("https://ehr.example.org", "https://two.example")
    )
    assert (one.name, two.name) == ("one", "two")
    assert one.issuer is not None
    assert (one.issuer.jku, one.issuer.keys) == (HTTPS_JKU, None)
    assert two.issuer is not None
    assert set(two.issuer.keys or {}) == {"es-1"}
    with pytest.raises(ClientRefused, match="issuer"):
        clients.named_by({"iss": "https://nobody.example"})


def test_a_client_says_all_that_is_agreed_with_it(load: Load) -> None:
    clients = load(
        client(
            keys=[OWN, RSA],
            tenants=["a", "b"],
            services=["onfh-order-sign"],
            algorithms=["RS384"],
            replay="until-expiry",
            ehr="epic",
            language="en",
        )
    )
    found = clients.by_name["one"]
    assert found.tenants == {"a", "b"}
    assert [found.may_call(name) for name in ("onfh-order-sign", "onfh-patient-view", None)] == [
        True,
        False,
        True,
    ]
    assert (found.algorithms, found.may_repeat) == ({"RS384"}, True)
    assert (found.ehr, found.language) == ("epic", "en")


def test_what_is_not_said_is_the_usual(load: Load) -> None:
    found = load(client()).by_name["one"]
    assert found.algorithms == {"ES384", "RS384"}
    assert (found.may_repeat, found.ehr, found.language, found.services) == (
        False,
        "generic",
        None,
        frozenset(),
    )
    assert found.servers.registered == {}


def test_tenants_of_one_issuer_may_be_several_clients(load: Load) -> None:
    clients = load(client(tenants=["a"]), client(name="two", tenants=["b"]))
    iss = "https://ehr.example.org"
    named = [clients.named_by({"iss": iss, "tenant": tenant}).name for tenant in ("a", "b")]
    assert named == ["one", "two"]
    with pytest.raises(ClientRefused, match="tenant"):
        clients.named_by({"iss": iss})


ONE = client()
PRIVATE = {**OWN, "d": "AAAA"}
WEAK = rsa_jwk("weak", rsa_key("weak", 1024))
WRONG: dict[str, tuple[list[Client], int, str]] = {
    "no iss": ([client(iss=None, jku=None)], 2, "`iss` is missing"),
    "jku without iss": ([client(iss=None)], 2, "`jku` belongs to an `iss`"),
    "keys without iss": ([client(iss=None, jku=None, keys=[OWN])], 2, "`keys` belongs"),
    "tenants without iss": ([client(iss=None, jku=None, tenants=["a"])], 2, "`tenants` belongs"),
    "no keys": ([client(jku=None)], 2, "which keys sign"),
    "jku by http": ([client(jku="http://ehr.example.org/jwks")], 2, "by https only"),
    "jku that is none": ([client(jku="ehr.example.org")], 2, "not a plain http"),
    "jku with user": ([client(jku="https://x@ehr.example.org/")], 2, "not a plain http"),
    "sandbox": ([client(iss=SANDBOX)], 2, "private key is published"),
    "sandbox with a slash": ([client(iss=f"{SANDBOX}/")], 2, "private key is published"),
    "key of the sandbox": ([client(keys=[{**SANDBOX_KEY, "kid": "x"}])], 2, "is published"),
    "private key": ([client(keys=[PRIVATE])], 2, "this key is secret"),
    "secret": ([client(keys=[{"kty": "oct", "kid": "k", "k": "AAAA"}])], 2, "key is secret"),
    "weak key": ([client(keys=[WEAK])], 2, "no signature can be checked"),
    "kid twice": (
        [client(keys=[OWN, {**RSA, "kid": "es-1"}])],
        2,
        "key `es-1` stands here twice",
    ),
    "keys without kid": ([client(keys=[{"kty": "EC"}, {"kty": "EC"}, {}])], 2, "EC or RSA, `kid`"),
    "kid that is a list": ([client(keys=[{**OWN, "kid": ["es-1"]}])], 2, "EC or RSA, `kid`"),
    "an empty key without iss": ([client(iss=None, jku=None, keys=[{}])], 2, "`keys` belongs"),
    "hmac": ([client(algorithms=["HS256"])], 2, "not one of the allowed words"),
    "none": ([client(algorithms=["none"])], 2, "not one of the allowed words"),
    "no algorithm": ([client(algorithms=[])], 2, "name at least one"),
    "replay": ([client(replay="always")], 2, "not one of the allowed words"),
    "ehr": ([client(ehr="other")], 2, "not one of the allowed words"),
    "service": ([client(services=["onfh"])], 2, "no such service; there are onfh-patient-view"),
    "language": ([client(language="xx")], 2, "the content has en"),
    "name twice": ([ONE, client(iss="https://x.example")], 3, "client `one` stands here twice"),
    "iss twice": ([ONE, client(name="two")], 3, "need `tenants` each"),
    "iss twice, one with tenants": (
        [client(tenants=["a"]), client(name="two")],
        3,
        "need `tenants` each",
    ),
    "one iss, two jku": (
        [client(tenants=["a"]), client(name="two", tenants=["b"], jku=f"{HTTPS_JKU}2")],
        3,
        "one `iss` has one `jku`",
    ),
    "tenant twice": (
        [client(tenants=["a", "b"]), client(name="two", tenants=["c", "a"])],
        3,
        "for one `iss`, the tenant `a` stands here twice",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_client_is_named_with_its_line(name: str, load: Load) -> None:
    clients, line, words = WRONG[name]
    with pytest.raises(KnowledgeError, match=words) as caught:
        load(*clients)
    assert (caught.value.file, caught.value.line) == ("clients.yaml", line)


def test_in_development_the_sandbox_and_http_are_allowed(load: Load) -> None:
    sandbox = client(iss=SANDBOX, keys=[SANDBOX_KEY])
    local = client(name="two", jku="http://127.0.0.1:1/jwks")
    assert len(load(sandbox, local, is_production=False).by_name) == 2


def test_the_service_does_not_start_with_a_client_that_cannot_sign(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text("clients:\n  - name: one\n", encoding="utf-8")
    make_app(Settings(clients_file=path), knowledge)
    with pytest.raises(KnowledgeError, match="`iss` is missing"):
        make_app(Settings(clients_file=path, client_authentication="jwt"), knowledge)
