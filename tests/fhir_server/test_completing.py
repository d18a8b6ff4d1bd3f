"""A good FHIR server: only what prefetch lacked is asked for, at once; the cards are the same."""

from pathlib import Path
from typing import Any

import pytest

from tests.fhir.builders import (
    Json,
    bundle,
    condition,
    outcome,
)
from tests.fhir_server.bench import (
    KEYS,
    PLAIN,
    SEARCHES,
    TARGETS,
    TOKEN,
    Asked,
    Bench,
    ask,
    request_lacking,
)
from tests.fhir_server.modes import WHOLLY_BAD
from tests.fhir_server.stub import Exchange, Mode
from tests.web.contract import cards_in, post, words_in

pytestmark = pytest.mark.enable_socket

DELAY_SECONDS = 0.3
PARTIAL = "The problem list could not be read completely."
SETS = [("Condition",), ("ImagingStudy",), ("Patient", "Procedure"), ("Condition", "Procedure")]


@pytest.mark.parametrize("lacking", [*SETS, tuple(KEYS)], ids="+".join)
def test_only_what_is_lacking_is_asked_for(lacking: tuple[str, ...], bench: Bench) -> None:
    asked = bench.ask({}, lacking, 2.0)
    assert asked.server.targets == sorted(TARGETS[name] for name in lacking)


def test_with_a_whole_prefetch_nobody_is_asked(bench: Bench) -> None:
    assert bench.ask({}, (), 2.0).server.connections == 0


@pytest.mark.parametrize("lacking", [*SETS, tuple(KEYS)], ids="+".join)
def test_the_cards_are_those_of_a_whole_prefetch(lacking: tuple[str, ...], bench: Bench) -> None:
    fetched = bench.ask({}, lacking, 2.0).response
    assert len(cards_in(fetched)) == 2
    assert fetched.data == bench.ask({}, (), 2.0).response.data


def delayed(bench: Bench) -> Asked:
    """Ask for everything from a server that thinks before each answer."""
    return ask(bench.service(2.0), bench.server(delay_seconds=DELAY_SECONDS))


def test_after_the_conditions_queries_go_out_at_the_same_time(bench: Bench) -> None:
    asked = [delayed(bench) for _ in range(3)]
    assert min(answer.seconds for answer in asked) < 3 * DELAY_SECONDS
    assert {len(answer.server.requests) for answer in asked} == {len(KEYS)}


def test_what_the_request_looks_like(bench: Bench) -> None:
    (request,) = bench.ask({}, ("Condition",), 2.0).server.requests
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["accept"] == "application/fhir+json"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.raw.startswith(b"GET /r4/Condition?patient=")


def test_without_a_token_no_authorization_is_sent(bench: Bench) -> None:
    server = bench.server()
    post(bench.service(2.0), request_lacking(server.base, tuple(KEYS), token=None))
    assert len(server.requests) == len(KEYS)
    assert [r for r in server.requests if "authorization" in r.headers] == []


def test_proxy_and_netrc_of_the_environment_are_not_used(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login zz password zz\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{bench.canary.port}")
        monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{bench.canary.port}")
    server = bench.server()
    post(bench.service(2.0), request_lacking(server.base, ("Condition",), token=None))
    assert ["authorization" in request.headers for request in server.requests] == [False]


def test_a_cookie_of_one_patient_is_not_sent_for_the_next(bench: Bench) -> None:
    server = bench.server({"Condition": lambda c: c.reply(c.good, "200 OK", "Set-Cookie: a=b")})
    client = bench.service(2.0)
    responses = [ask(client, server, ("Condition",)).response for _ in range(2)]
    assert [len(cards_in(response)) for response in responses] == [2, 2]
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


def pages(*contents: Json, link: str = "?page={}") -> Mode:
    """Return a mode that serves pages one after the other, each linked from the one before."""

    def answer(call: Exchange) -> None:
        number = (
            int(call.request.target.rpartition("page=")[2] or 1)
            if "page=" in call.request.target
            else 1
        )
        following = link.format(number + 1, base=call.server.base)
        more = {"link": [{"relation": "next", "url": following}]} if number < len(contents) else {}
        call.reply(contents[number - 1] | more)

    return answer


OTHER = condition(
    id="other", code={"coding": [{"system": "http://snomed.info/sct", "code": "38341003"}]}
)
LINKS = [
    "?page={}",
    "Condition?page={}",
    "/r4/Condition?page={}",
    "{base}/Condition?page={}",
    "{base}?page={}",
]


@pytest.mark.parametrize("link", LINKS[:-1])
def test_pages_inside_the_base_are_followed(link: str, bench: Bench) -> None:
    mode = pages(bundle(OTHER, total=2), bundle(condition(), total=2), link=link)
    asked = bench.ask({"Condition": mode}, ("Condition",), 2.0)
    assert asked.response.data == bench.ask({}, (), 2.0).response.data
    assert asked.server.targets == ["/r4/Condition?page=2", SEARCHES["Condition"]]


def continued(bench: Bench, mode: Mode, total: int) -> Asked:
    """Send a first page of Conditions with a link to the second one."""
    server = bench.server({"Condition": mode})
    link = [{"relation": "next", "url": f"{server.base}/Condition?x=y&page=2"}]
    sent = request_lacking(server.base, ())
    sent["prefetch"]["conditions"] = bundle(OTHER, link=link, total=total)
    return Asked(post(bench.service(2.0), sent), 0.0, server)


def test_a_prefetch_with_a_next_link_is_completed(bench: Bench) -> None:
    asked = continued(bench, pages(bundle(), bundle(condition(), total=2)), total=2)
    assert asked.response.data == bench.ask({}, (), 2.0).response.data
    assert asked.server.targets == ["/r4/Condition?x=y&page=2"]


def test_a_prefetch_completed_to_less_than_its_total_stays_incomplete(bench: Bench) -> None:
    asked = continued(bench, pages(bundle(), bundle(condition(), total=3)), total=3)
    assert [card.summary for card in cards_in(asked.response) if PARTIAL not in card.detail] == []


def test_a_further_page_is_never_asked_for_with_fewer_parameters(bench: Bench) -> None:
    asked = continued(bench, WHOLLY_BAD["404"][0], total=2)
    rejected = continued(bench, rejecting("page"), total=2)
    assert asked.server.targets == rejected.server.targets == ["/r4/Condition?x=y&page=2"]
    assert rejected.response.status_code == 412


def rejecting(parameter: str) -> Mode:
    """Return a mode that answers 400 to a parameter."""

    def answer(call: Exchange) -> None:
        is_rejected = f"{parameter}=" in call.request.target
        call.reply(
            outcome() if is_rejected else call.good, "400 Bad Request" if is_rejected else "200 OK"
        )

    return answer


@pytest.fixture
def site(tmp_path: Path) -> Any:
    """Write the clients file of a site that asks for Conditions with a parameter of its own."""

    def write(base: str) -> Path:
        path = tmp_path / "clients.yaml"
        path.write_text(
            f"clients: [{{name: Site, fhirServers: [{{base: '{base}', networks: [127.0.0.0/8]}}],"
            " queries: {Condition: 'Condition?patient={{context.patientId}}&_count=50'}}]",
            encoding="utf-8",
        )
        return path

    return write


def test_a_sites_own_query_is_asked(bench: Bench, site: Any) -> None:
    server = bench.server()
    asked = ask(bench.service(2.0, site(server.base)), server, ("Condition",))
    assert len(cards_in(asked.response)) == 2
    assert server.targets == [PLAIN["Condition"] + "&_count=50"]


def test_a_parameter_that_the_server_rejects_is_left_out_once(bench: Bench, site: Any) -> None:
    server = bench.server({"Condition": rejecting("_count")})
    asked = ask(bench.service(2.0, site(server.base)), server, ("Condition",))
    assert len(cards_in(asked.response)) == 2
    assert server.targets == [PLAIN["Condition"], PLAIN["Condition"] + "&_count=50"]


def test_a_server_that_rejects_the_plain_query_too_is_asked_twice(bench: Bench, site: Any) -> None:
    server = bench.server({"Condition": rejecting("patient")})
    asked = ask(bench.service(2.0, site(server.base)), server, ("Condition",))
    assert "HTTP status 400" in words_in(asked.response)
    assert len(server.requests) == 2
