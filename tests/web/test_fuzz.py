"""Three thousand broken bodies: no failure of ours, and every error a valid OperationOutcome.

Each body is a real request with some nodes or bytes broken, and canaries of a patient planted in
it; a run is a matter of its seed alone. How many it takes, by faults planted in the code, with
three to five seeds each; the body at which each was noticed:

    members of a list of codings not looked at        15 to 155
    a token's `patient` may be missing                3 to 57
    a hook in the words of an error                   78 to 305
    a wrapper without a response                      180 to 507
    bytes that are no text                            91 to 801
    a subject without a reference                     170 to 1,238
    a draft that is no object                         84 to 1,483
    a day that no calendar has                        204 to 1,705
    a body nested too deeply                          133 to 2,679

An entry that is null was noticed after 5,000 or not in 10,000; a nested resource inside a whole
body and a day of an order that is no text were not in 30,000. `test_pool.py`, `test_refusals.py`
and `test_mutations.py` ask for these by themselves.
"""

import io
import json
import logging
import multiprocessing
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from cds_service.app import make_app
from cds_service.content.knowledge import load_knowledge
from cds_service.fhir.shapes.resources import Resource
from cds_service.settings import Settings
from cds_service.web.running.logs import JsonLines
from tests.conftest import CARDS, NOW
from tests.fhir.builders import Json
from tests.performance.cost import collected_as_in_a_worker
from tests.soak import long
from tests.web.test_mutations import CANARIES, FIXED_JUNK, GOLDEN, Path_, places_in
from tests.web.test_privacy import ID_CANARY, MARKED

BODIES = long(3_000, 1_000_000)
PROCESSES = long(1, 2)
LONGEST_TEXT = 24_000
# How many bodies have bytes broken besides nodes, and how many nodes get a member more.
WITH_BYTES, ADDED = 0.5, 0.3
MEMBERS = (
    *Resource.__struct_encode_fields__,
    *("reasonReference", "reasonCode", "medicationReference", "contained", "activity", "note"),
    *("occurrenceTiming", "scheduledDateTime", "scheduledPeriod", "scheduledTiming"),
)
TOKEN = "zz-canary-token-60a1"
SECRETS = (*CANARIES, ID_CANARY, TOKEN)
DEEP: Any = json.loads("[" * 70 + "]" * 70)
JUNK: list[Any] = [
    *FIXED_JUNK,
    *CANARIES,
    " ".join(CANARIES),
    TOKEN,
    DEEP,
    10**25,
    -(2**63) - 1,
    {"Reference": 5},
]
SCRAPS = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b'"',
    b"{",
    b"]",
    b",",
    b"1e999",
    b"NaN",
    b"9" * 5_000,
)
SCRAPS += (b"9" * 5_000, b"\\ud800", b"[" * 2_000, b'{"a":' * 2_000, b"null", CANARIES[0].encode())


def seeds() -> list[Any]:
    """Return the requests to break: short real ones, and the one that is full of canaries."""
    texts = [path.read_text(encoding="utf-8") for path in GOLDEN]
    marked = MARKED | {"fhirAuthorization": {"access_token": TOKEN}}
    return [marked, *(json.loads(text) for text in texts if len(text) < LONGEST_TEXT)]


def by_depth(request: Any) -> list[list[Path_]]:
    """Return the places of a request by depth: a chart has thousands, the rest a few."""
    places = sorted(places_in(request), key=len)
    return [list(level) for _, level in groupby(places, key=len)]


def broken(request: Any, levels: list[list[Path_]], chance: random.Random) -> bytes:
    """Return a request with one to four nodes broken; the request is as before afterwards."""
    undo: list[Callable[[], None]] = []
    for level in chance.choices(levels, k=chance.randint(1, 4)):
        with_node(request, chance.choice(level), chance, undo)
    body = json.dumps(request, separators=(",", ":")).encode()
    for step in reversed(undo):
        step()
    return cut_up(body, chance) if chance.random() < WITH_BYTES else body


def with_node(
    request: Any, place: Path_, chance: random.Random, undo: list[Callable[[], None]]
) -> None:
    """Break the node at a place, where it still is."""
    parent = request
    try:
        for name in place[:-1]:
            parent = parent[name]
        before = parent[place[-1]]
    except (KeyError, IndexError, TypeError):
        return
    if not isinstance(parent, dict | list):
        return
    if isinstance(before, dict) and chance.random() < ADDED:
        with_member(before, chance, undo)
        return
    junk = [
        chance.choice(JUNK),
        [before, before],
        {"resource": before},
        str(before)[:50],
        [before, None],
    ]
    parent[place[-1]] = chance.choice(junk)
    undo.append(lambda: parent.__setitem__(place[-1], before))


def with_member(node: Json, chance: random.Random, undo: list[Callable[[], None]]) -> None:
    """Add a member that is read where it stands, and that requests rarely have."""
    name = chance.choice(MEMBERS)
    if name not in node:
        node[name] = chance.choice(JUNK)
        undo.append(lambda: node.pop(name))


def cut_up(body: bytes, chance: random.Random) -> bytes:
    """Return a body with some of its bytes broken."""
    at, to = sorted((chance.randrange(len(body) + 1), chance.randrange(len(body) + 1)))
    match chance.randrange(4):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + chance.choice(SCRAPS) + body[at:]
        case 2:
            return body[:at] + body[to:]
        case _:
            return body[:to] + body[at:]


def bodies(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield services and broken bodies."""
    chance = random.Random(seed)
    requests = [(request, by_depth(request)) for request in seeds()]
    for _ in range(count):
        request, levels = chance.choice(requests)
        hook = request.get("hook", "order-select")
        yield f"/cds-services/onfh-{hook}", broken(request, levels, chance)


def run(seed: int, count: int, trail: str) -> tuple[Counter[int], set[str], str]:
    """Return the statuses, the bodies of all errors, and all that was written meanwhile."""
    log = io.StringIO()
    knowledge = load_knowledge(CARDS)
    settings = Settings(
        public_base_url="https://cds.example.org", audit_log=trail, audit_key=b"invented" * 5
    )
    app = make_app(settings, knowledge, clock=lambda: NOW)
    statuses: Counter[int] = Counter()
    errors: set[str] = set()
    with collected_as_in_a_worker(), logged_to(log):
        for service, body in bodies(seed, count):
            status, answer = call(app, service, body)
            statuses[status] += 1
            if status != 200:
                errors.add(answer.decode())
    metrics = app.test_client().get("/metrics").text
    return statuses, errors, secrets_in(log.getvalue() + metrics + Path(trail).read_text())


@contextmanager
def logged_to(log: io.StringIO) -> Iterator[None]:
    """Write what the service logs to a text alone."""
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("cds_service")
    before = logger.handlers, logger.propagate, logger.level
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.handlers, logger.propagate, level = before
        logger.setLevel(level)


def secrets_in(text: str) -> str:
    """Return the canaries in a text, and the mark of a traceback."""
    return " ".join(secret for secret in (*SECRETS, "Traceback") if secret in text)


def call(app: Any, service: str, body: bytes) -> tuple[int, bytes]:
    """Return the status and the body of an answer."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": service,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    statuses: list[int] = []
    answer = b"".join(app(environ, lambda status, *_: statuses.append(int(status[:3]))))
    return statuses[0], answer


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Counter[int], set[str], str]]:
    """What came of all the bodies, in a soak broken in several processes at once."""
    folder = tmp_path_factory.mktemp("fuzz")
    share = BODIES // PROCESSES
    if PROCESSES == 1:
        return [run(0, BODIES, str(folder / "trail"))]
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        runs = [pool.submit(run, n, share, str(folder / f"trail-{n}")) for n in range(PROCESSES)]
        return [each.result() for each in runs]


def test_a_broken_body_never_makes_the_service_fail(results: Any) -> None:
    statuses = sum((counted for counted, _, _ in results), Counter())
    assert statuses.total() == BODIES
    assert set(statuses) == {200, 400, 412}
    assert min(statuses.values()) > BODIES // 50


def test_every_error_is_an_outcome_that_says_nothing_of_the_patient(results: Any) -> None:
    errors = {error for _, found, _ in results for error in found}
    assert len(errors) > long(50, 100)
    assert secrets_in("".join(errors)) == ""
    for error in errors:
        outcome = OperationOutcome.model_validate_json(error)
        assert all(issue.details.text for issue in outcome.issue)


def test_log_metrics_and_audit_say_nothing_of_the_patient(results: Any) -> None:
    assert [written for _, _, written in results] == [""] * PROCESSES


def test_a_run_can_be_repeated_and_differs_by_its_seed() -> None:
    first, again, other = (list(bodies(seed, 20)) for seed in (1, 1, 2))
    assert first == again != other
