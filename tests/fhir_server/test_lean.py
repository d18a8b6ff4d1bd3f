"""With `lean` a client sends what decides, and the answers are those of a whole prefetch."""

import json
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import ROOT
from tests.fhir.builders import ASTHMA, Json, bundle, concept, condition, outcome
from tests.fhir_server.bench import (
    KEYS,
    LEEWAY_SECONDS,
    PLAIN,
    TARGETS,
    Bench,
    ask,
    request_lacking,
)
from tests.fhir_server.modes import WHOLLY_BAD
from tests.fhir_server.stub import Exchange, Mode, StubServer
from tests.web.contract import cards_in, post

pytestmark = pytest.mark.enable_socket

DEADLINE = 2.0
LEAN = ("patient", "conditions")
# A search that failed is not what a FHIR server holds.
UNREADABLE = "synthea-11-imaging-unreadable"
GOLDEN = {
    path.name.partition(".")[0]: path
    for path in sorted((ROOT / "tests" / "golden").glob("*.request.json"))
    if not path.name.startswith(UNREADABLE)
}
OTHERWISE_SILENT = {
    "synthea-02-condyle",
    "synthea-05-jaw",
    "synthea-08-resolved",
    "synthea-09-refuted",
    "synthea-10-possible-without-site",
}
SILENT = OTHERWISE_SILENT.union(n for n in GOLDEN if "without-onfh" in n or "unedited" in n)
FAILING = ("404", "500", "hang", "HTML", "reset")


def served(prefetch: Json, failing: Json) -> dict[str, Mode]:
    """Return the modes of a server that holds what a prefetch holds; some types fail."""
    found = {name: prefetch.get(key) or bundle(total=0) for name, key in KEYS.items()}
    return {name: lambda call, c=c: call.reply(c) for name, c in found.items()} | failing


def asked(client: FlaskClient, server: StubServer, request: Json, keys: tuple[str, ...]) -> bytes:
    """Return the answer to a golden request with some keys of its prefetch, within the deadline."""
    prefetch = {key: value for key, value in request["prefetch"].items() if key in keys}
    body = request | {"prefetch": prefetch, "fhirServer": server.base}
    begin = time.monotonic()
    response = post(client, body, f"/cds-services/onfh-{request['hook']}")
    assert time.monotonic() - begin < DEADLINE + LEEWAY_SECONDS
    data: bytes = response.data
    return data


def golden(path: Path) -> Json:
    """Return a golden request."""
    request: Json = json.loads(path.read_text(encoding="utf-8"))
    return request


@pytest.mark.parametrize("name", GOLDEN)
def test_the_answer_is_that_of_a_whole_prefetch(name: str, bench: Bench) -> None:
    request = golden(GOLDEN[name])
    server = bench.server(served(request["prefetch"], {}))
    lean = asked(bench.service(DEADLINE), server, request, LEAN)
    queries = len(server.requests)
    assert lean == asked(bench.service(DEADLINE), server, request, tuple(KEYS.values()))
    assert queries == (0 if name in SILENT else len(KEYS) - len(LEAN))


@pytest.mark.parametrize("failure", FAILING)
@pytest.mark.parametrize("lost", [name for name in KEYS if name not in ("Patient", "Condition")])
def test_a_query_that_fails_leaves_the_doubts_of_a_prefetch_without_it(
    lost: str, failure: str, bench: Bench
) -> None:
    request = golden(GOLDEN["synthea-01-icd10cm-left"])
    server = bench.server(served(request["prefetch"], {lost: WHOLLY_BAD[failure][0]}))
    lean = asked(bench.service(DEADLINE), server, request, LEAN)
    others = tuple(key for name, key in KEYS.items() if name != lost)
    assert lean == asked(bench.service(DEADLINE), server, request, others)


REFUSALS = {
    "400": ("400 Bad Request", outcome()),
    "405": ("405 Method Not Allowed", outcome()),
    "412": ("412 Precondition Failed", outcome()),
    "422": ("422 Unprocessable Entity", outcome()),
    "501": ("501 Not Implemented", outcome()),
    "outcome": ("200 OK", outcome()),
    "outcome inside": ("200 OK", bundle(outcome())),
}


def refusing(parameter: str, refusal: str) -> Mode:
    """Return a mode that does not take a parameter."""
    status, content = REFUSALS[refusal]

    def answer(call: Exchange) -> None:
        is_refused = f"&{parameter}=" in call.request.target
        call.reply(content if is_refused else call.good, status if is_refused else "200 OK")

    return answer


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_that_takes_no_page_size_is_asked_without(refusal: str, bench: Bench) -> None:
    modes = dict.fromkeys(("Condition", "Observation"), refusing("_count", refusal))
    answer = bench.ask(modes, tuple(KEYS), DEADLINE)
    assert answer.response.data == bench.ask({}, (), DEADLINE).response.data
    simpler = TARGETS["Observation"].partition("&_count")[0]
    assert {PLAIN["Condition"], simpler} < {*answer.server.targets}
    assert len(answer.server.requests) == len(KEYS) + 2


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_that_takes_no_category_is_asked_for_all(refusal: str, bench: Bench) -> None:
    modes = {"Observation": refusing("category", refusal)}
    answer = bench.ask(modes, tuple(KEYS), DEADLINE)
    assert answer.response.data == bench.ask({}, (), DEADLINE).response.data
    assert PLAIN["Observation"] in answer.server.targets
    assert len(answer.server.requests) == len(KEYS) + 2


@pytest.mark.parametrize(("total", "status"), [({}, 412), ({"total": 200}, 200)], ids=str)
def test_a_full_page_that_does_not_say_whether_it_is_all_is_no_whole_list(
    total: Json, status: int, bench: Bench
) -> None:
    """A server without pages may cut a list at the size that was asked for, and say nothing."""
    full = bundle(*(condition(id=f"c{i}", code=concept(ASTHMA)) for i in range(200)), **total)
    server = bench.server({"Condition": lambda call: call.reply(full)})
    response = post(bench.service(DEADLINE), request_lacking(server.base, tuple(KEYS)))
    assert response.status_code == status


def test_a_list_that_was_paged_to_its_end_is_whole(bench: Bench) -> None:
    """A last page may happen to be full: who gives links to the next says where a list ends."""

    def in_two_pages(call: Exchange) -> None:
        is_last = "page=2" in call.request.target
        page = bundle(*(condition(id=f"{is_last}{i}", code=concept(ASTHMA)) for i in range(200)))
        following = {"relation": "next", "url": f"{server.base}/Condition?page=2"}
        call.reply(page if is_last else page | {"link": [following]})

    server = bench.server({"Condition": in_two_pages})
    response = post(bench.service(DEADLINE), request_lacking(server.base, tuple(KEYS)))
    assert cards_in(response) == []


def test_what_a_server_does_not_take_is_not_tried_at_every_call(bench: Bench) -> None:
    server = bench.server(dict.fromkeys(("Condition", "Observation"), refusing("_count", "400")))
    client = bench.service(DEADLINE)
    first, second = (ask(client, server) for _ in range(2))
    assert first.response.data == second.response.data
    assert len(server.requests) == 2 * len(KEYS) + 2


def test_without_a_word_of_osteonecrosis_nothing_is_asked(bench: Bench) -> None:
    server = bench.server()
    request = request_lacking(server.base, tuple(set(KEYS) - {"Patient", "Condition"}))
    request["prefetch"]["conditions"] = bundle(condition(code=concept(ASTHMA)))
    assert cards_in(post(bench.service(DEADLINE), request)) == []
    assert server.connections == 0
