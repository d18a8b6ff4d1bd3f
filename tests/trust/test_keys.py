"""The keys of an issuer through rotation, outage and attack; the clock is the test's."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cds_service.errors import CannotAuthenticate, ClientRefused, KeySetError
from cds_service.trust.clients import Issuer
from cds_service.trust.key_set import KeySet, make_key_set
from cds_service.trust.keys import FetchedKeys, Keys
from tests.trust.signing import ISS, JKU, OTHER_ISS, Json, ec_jwk, ec_key

HOUR = 3600.0
ISSUER = Issuer(ISS, JKU)


class Publisher:
    """What stands at the address of the keys, how often it was read, and a clock."""

    def __init__(self, *kids: str) -> None:
        self.now = 1000.0
        self.reads: list[float] = []
        self.is_down = False
        self.held_back = threading.Event()
        self.held_back.set()
        self.publish(*kids)

    def publish(self, *kids: str) -> None:
        """Replace the keys."""
        self.listed: list[Json] = [ec_jwk(kid, ec_key("own")) for kid in kids]

    def fetch(self, _: str) -> KeySet:
        """Answer one read."""
        self.reads.append(self.now)
        self.held_back.wait(10)
        if self.is_down:
            raise KeySetError("HTTP 503")
        return make_key_set(self.listed)

    def keys(self, *, refuses_sandbox: bool = False) -> Keys:
        """Return keys that are read from here."""
        return Keys(self.fetch, refuses_sandbox=refuses_sandbox, clock=lambda: self.now)


def is_found(keys: Keys, kid: str) -> bool:
    """Tell whether a key is found; a background refresh is waited for."""
    try:
        keys.find(ISSUER, kid)
    except ClientRefused:
        return False
    finally:
        settle()
    return True


def settle() -> None:
    """Wait for the fetches under way."""
    for thread in threading.enumerate():
        if thread.name.endswith("(_run)"):
            thread.join(5)


def test_a_key_published_30_seconds_before_is_found_at_once() -> None:
    publisher = Publisher("old")
    keys = publisher.keys()
    assert is_found(keys, "old")
    for step in range(40):
        publisher.now += 31
        publisher.publish("old", f"new-{step}")
        publisher.now += 30
        assert is_found(keys, f"new-{step}")
        assert is_found(keys, "old")


def test_under_load_no_valid_token_is_refused_while_keys_rotate() -> None:
    publisher = Publisher("kid-0")
    keys = publisher.keys()
    with ThreadPoolExecutor(8) as threads:
        for step in range(20):
            publisher.publish(f"kid-{step}", f"kid-{step + 1}")
            publisher.now += 30
            kids = [f"kid-{step}", f"kid-{step + 1}"] * 20
            assert list(threads.map(lambda kid: bool(keys.find(ISSUER, kid)), kids)) == [True] * 40
            settle()
    assert len(publisher.reads) <= 21


def test_a_key_that_was_withdrawn_is_refused_after_the_next_refresh() -> None:
    publisher = Publisher("old", "new")
    keys = publisher.keys()
    assert is_found(keys, "old")
    publisher.publish("new")
    publisher.now += 301
    assert is_found(keys, "old")
    assert not is_found(keys, "old")


def test_in_an_outage_of_24_hours_no_valid_token_is_refused_and_then_none_is_accepted() -> None:
    publisher = Publisher("kid")
    keys = publisher.keys()
    assert is_found(keys, "kid")
    publisher.is_down = True
    began = publisher.now
    while publisher.now - began < 24 * HOUR:
        assert is_found(keys, "kid")
        publisher.now += 97.0
    assert len(publisher.reads) < 24 * HOUR / 290
    publisher.now = began + 24 * HOUR + 1
    with pytest.raises(CannotAuthenticate):
        keys.find(ISSUER, "kid")
    publisher.is_down = False
    publisher.now += 301
    assert is_found(keys, "kid")


def test_an_outage_of_an_hour_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    publisher = Publisher("kid")
    keys = publisher.keys()
    assert is_found(keys, "kid")
    publisher.is_down = True
    levels = []
    for seconds in (301, HOUR):
        publisher.now += seconds
        assert is_found(keys, "kid")
        levels.append(caplog.records[-1].levelname)
        assert caplog.records[-1].__dict__["error"] == "HTTP 503"
    assert levels == ["WARNING", "ERROR"]


def test_pauses_between_failures_grow_from_5_to_300_seconds() -> None:
    publisher = Publisher("kid")
    publisher.is_down = True
    keys = publisher.keys()
    for _ in range(2000):
        with pytest.raises(CannotAuthenticate):
            keys.find(ISSUER, "kid")
        publisher.now += 1
    pauses = [b - a for a, b in zip(publisher.reads, publisher.reads[1:], strict=False)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]


def test_10000_random_kids_cause_one_read_in_30_seconds() -> None:
    publisher = Publisher("kid")
    keys = publisher.keys()
    for number in range(10_000):
        assert not is_found(keys, f"random-{number}")
        publisher.now += 0.1
    assert len(publisher.reads) <= 1000 / 30 + 2
    gaps = [b - a for a, b in zip(publisher.reads, publisher.reads[1:], strict=False)]
    assert min(gaps[1:]) >= 30


def test_20_threads_read_the_keys_once() -> None:
    publisher = Publisher("kid")
    keys = publisher.keys()
    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(lambda _: bool(keys.find(ISSUER, "kid")), range(200)))
    assert len(publisher.reads) == 1


def test_keys_that_come_while_a_call_waits_for_its_turn_are_not_read_again() -> None:
    publisher = Publisher("kid")
    fetched = FetchedKeys(JKU, publisher.fetch, lambda: publisher.now)
    lock = fetched._lock

    class LateTurn:
        """Gives the lock to a call after another one has had it and has read the keys."""

        def __enter__(self) -> None:
            fetched._lock = lock
            assert fetched.held() is not None
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    fetched.__dict__["_lock"] = LateTurn()
    assert fetched.held() is not None
    assert len(publisher.reads) == 1


def test_a_slow_refresh_makes_no_call_with_a_known_key_wait() -> None:
    publisher = Publisher("kid")
    keys = publisher.keys()
    assert is_found(keys, "kid")
    publisher.now += 301
    publisher.held_back.clear()
    try:
        assert [bool(keys.find(ISSUER, "kid")) for _ in range(100)] == [True] * 100
        assert len(publisher.reads) == 2
    finally:
        publisher.held_back.set()
        settle()


def test_the_same_kid_of_two_issuers_is_two_keys() -> None:
    listed = {
        iss: make_key_set([ec_jwk("kid", ec_key(name))])
        for iss, name in ((ISS, "own"), (OTHER_ISS, "other"))
    }
    keys = Publisher().keys()
    found = [keys.find(Issuer(iss, None, listed[iss]), "kid") for iss in listed]
    assert found[0].thumbprint != found[1].thumbprint


def test_two_keys_with_one_kid_are_none() -> None:
    twice = make_key_set([ec_jwk("kid", ec_key("own")), ec_jwk("kid", ec_key("other"))])
    with pytest.raises(ClientRefused, match="key-ambiguous"):
        Publisher().keys().find(Issuer(ISS, None, twice), "kid")


def test_an_outage_of_an_hour_is_told_to_who_watches() -> None:
    publisher = Publisher("kid")
    keys = publisher.keys()
    assert keys.are_fresh()
    assert is_found(keys, "kid")
    publisher.is_down = True
    publisher.now += HOUR
    assert keys.are_fresh()
    publisher.now += 1
    assert not keys.are_fresh()


def test_no_thread_to_read_with_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher("kid")
    fetched = FetchedKeys(JKU, publisher.fetch, lambda: publisher.now)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert fetched.held() is None
    publisher.now += 1
    assert fetched.held() is not None


Spoil = Callable[[Json], Json]
UNUSABLE: dict[str, Json] = {
    "for encryption": {"use": "enc"},
    "for signing only": {"key_ops": ["sign"]},
    "operations that are no list": {"key_ops": "verify"},
    "another algorithm": {"alg": "ES256"},
    "algorithm that is a list": {"alg": ["ES384"]},
    "secret algorithm": {"alg": "HS384"},
    "another curve": {"crv": "P-256"},
    "unknown curve": {"crv": "P-999"},
    "another type": {"kty": "RSA"},
    "secret": {"kty": "oct", "k": "AAAA"},
    "type that is a list": {"kty": ["EC"]},
    "without a point": {"x": None},
    "a point off the curve": {"x": "A" * 64},
    "a short point": {"x": "AAAA"},
    "a number for a point": {"x": 1},
    "without kid": {"kid": None},
    "kid that is a number": {"kid": 1},
    "kid of 256 characters": {"kid": "k" * 256},
}


@pytest.mark.parametrize("change", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_can_check_nothing_is_passed_over(change: Json) -> None:
    spoiled = {**ec_jwk("kid", ec_key("own")), **change}
    spoiled = {name: value for name, value in spoiled.items() if value is not None}
    good = ec_jwk("good", ec_key("own"))
    assert set(make_key_set([spoiled, 7, None, "x", good])) == {"good"}
