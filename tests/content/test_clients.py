"""The clients file: which FHIR servers may be called; what is wrong in it stops the start."""

import ipaddress
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cds_service.app import make_app
from cds_service.clients.checks import Strictness
from cds_service.clients.clients import load_clients, no_clients, own_queries
from cds_service.core.knowledge import Knowledge
from cds_service.errors import KnowledgeError, SettingsError
from cds_service.fhir.server.urls import parse_base
from cds_service.hooks import Prefetch
from cds_service.settings import Settings, read_settings
from cds_service.trust.clients import Clients

VALID = """\
clients:
  - name: Example Hospital
    fhirServers:
      - base: https://FHIR.example.org:443/r4/
        networks: [10.20.0.0/16, "fd12:3456::/32"]
      - base: http://10.20.0.7:8080/fhir
        networks: [10.20.0.7]
    queries:
      Condition: "Condition?patient={{context.patientId}}&category=problem-list-item"
  - name: Another
    fhirServers:
      - base: https://fhir.another.example
        networks: [192.0.2.0/24]
"""
Load = Callable[..., Clients]


@pytest.fixture
def load(tmp_path: Path, knowledge: Knowledge) -> Load:
    """Load a clients file with this text."""

    def load_text(
        text: str, *, is_production: bool = False, needs_issuers: bool = False
    ) -> Clients:
        path = tmp_path / "clients.yaml"
        path.write_text(text, encoding="utf-8")
        return load_clients(path, knowledge, Strictness(is_production, needs_issuers))

    return load_text


def test_each_server_stands_under_its_base(load: Load) -> None:
    texts = [base.text for base in load(VALID).servers.registered]
    assert texts == [
        "https://fhir.example.org/r4",
        "http://10.20.0.7:8080/fhir",
        "https://fhir.another.example",
    ]


def test_a_server_has_its_networks(load: Load) -> None:
    networks = [server.networks for server in load(VALID).servers.registered.values()]
    assert networks[0] == (
        ipaddress.ip_network("10.20.0.0/16"),
        ipaddress.ip_network("fd12:3456::/32"),
    )
    assert networks[1] == (ipaddress.ip_network("10.20.0.7/32"),)


def test_a_clients_query_replaces_ours_for_its_servers_only(
    load: Load, knowledge: Knowledge
) -> None:
    first, second, third = load(VALID).servers.registered.values()
    assert first.queries == second.queries == own_queries(knowledge) | {"Condition": OUR_QUERY}
    assert third.queries == own_queries(knowledge)


def test_our_queries_are_those_of_discovery_and_what_stands_in(knowledge: Knowledge) -> None:
    queries = {query for x in knowledge.services.values() for query in x.prefetch.values()}
    stand_ins = set(knowledge.imaging_stand_ins.values())
    own = own_queries(knowledge).values()
    assert {query.partition("&_count=")[0] for query in own} == queries | stand_ins
    assert {query for query in own if "&_count=" not in query} == {"Patient/{{context.patientId}}"}
    assert own_queries(knowledge)["Patient"] == "Patient/{{context.patientId}}"


@pytest.mark.parametrize("is_production", [True, False])
def test_only_in_development_this_machine_may_be_called(
    is_production: bool, load: Load, knowledge: Knowledge
) -> None:
    file = VALID.replace("http://10", "https://10")
    from_file = load(file, is_production=is_production).servers
    without_file = no_clients(knowledge, is_production=is_production).servers
    assert from_file.allows_loopback == without_file.allows_loopback == (not is_production)
    assert without_file.registered == {}
    assert from_file.queries == without_file.queries == own_queries(knowledge)


def test_a_file_without_clients_registers_nothing(load: Load) -> None:
    assert load("clients: []\n").servers.registered == {}


BASE_LINE, NETWORKS_LINE, QUERY_LINE = 4, 5, 9
OUR_BASE, OUR_NETWORKS = "https://FHIR.example.org:443/r4/", '[10.20.0.0/16, "fd12:3456::/32"]'
OUR_QUERY = "Condition?patient={{context.patientId}}&category=problem-list-item"
NO_ADDRESS, NO_NETWORK = "not a plain http", "a network is written as"
BEGINS = "the query begins with Condition"

WRONG = [
    # what stands instead, what stood there, the line, the words
    ("clients", "client", 1, "`client` is not a word"),
    ("name: Example", "nom: Example", 2, "`nom` is not a word"),
    ("    queries:", "    querys:", 8, "`querys` is not a word"),
    ("  - name: Another\n    f", "  - f", 10, "`name` is missing"),
    (f"        networks: {OUR_NETWORKS}\n", "", BASE_LINE, "`networks` is missing"),
    (OUR_NETWORKS, "[]", BASE_LINE, "name at least one network"),
    (OUR_NETWORKS, "10.20.0.0/16", NETWORKS_LINE, "a list is expected"),
    (OUR_NETWORKS, "[10.20.0.1/16]", NETWORKS_LINE, NO_NETWORK),
    (OUR_NETWORKS, "[10.20.0.0/33]", NETWORKS_LINE, NO_NETWORK),
    (OUR_NETWORKS, "[10.20]", NETWORKS_LINE, NO_NETWORK),
    (OUR_NETWORKS, "[fhir.example.org]", NETWORKS_LINE, NO_NETWORK),
    (OUR_NETWORKS, "[10.0.0.0/8, x]", NETWORKS_LINE, NO_NETWORK),
    (VALID[VALID.index("    fhirServers") :], "    prefetch: lean\n", 2, "with `lean` the rest"),
    ("    queries:", "    prefetch: small\n    queries:", 8, "small"),
    (OUR_BASE, "fhir.example.org/r4", BASE_LINE, NO_ADDRESS),
    (OUR_BASE, "ftp://fhir.example.org/r4", BASE_LINE, NO_ADDRESS),
    (OUR_BASE, "https://user@fhir.example.org/r4", BASE_LINE, NO_ADDRESS),
    (OUR_BASE, "https://fhir.example.org/r4?x=y", BASE_LINE, NO_ADDRESS),
    (OUR_BASE, "https://fhir.example.org/../r4", BASE_LINE, NO_ADDRESS),
    (OUR_BASE, "https://127.1/r4", BASE_LINE, NO_ADDRESS),
    (OUR_BASE, "https://fhir.ex\u0430mple.org/r4", BASE_LINE, NO_ADDRESS),
    ("https://fhir.another.example", "HTTPS://fhir.example.org/r4", 12, "stands here twice"),
    ("http://10.20.0.7:8080/fhir", "https://fhir.example.org/r4", 6, "stands here twice"),
    ('Condition: "', 'Goal: "', QUERY_LINE, "no service asks for Goal"),
    (OUR_QUERY, "Condition", QUERY_LINE, BEGINS),
    (OUR_QUERY, "Procedure?patient={{context.patientId}}", QUERY_LINE, BEGINS),
    (OUR_QUERY, "Condition?subject={{context.patientId}}", QUERY_LINE, BEGINS),
    (OUR_QUERY, "Condition?patient=1", QUERY_LINE, BEGINS),
    (OUR_QUERY, "Condition/{{context.patientId}}", QUERY_LINE, BEGINS),
    (OUR_QUERY, f"{OUR_QUERY}&x=/../y#z", QUERY_LINE, BEGINS),
    (OUR_QUERY, f"{OUR_QUERY}&_has:Observation:patient:code=1", QUERY_LINE, BEGINS),
    (OUR_QUERY, f"https://evil.example/{OUR_QUERY}", QUERY_LINE, BEGINS),
    (OUR_QUERY, f"../{OUR_QUERY}", QUERY_LINE, BEGINS),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG)
def test_what_is_wrong_is_named_with_its_line(
    old: str, new: str, line: int, words: str, load: Load
) -> None:
    assert old in VALID
    with pytest.raises(KnowledgeError, match=words) as caught:
        load(VALID.replace(old, new, 1))
    assert (caught.value.file, caught.value.line) == ("clients.yaml", line)


@pytest.mark.parametrize("setting", ["full", "lean"])
@pytest.mark.parametrize(
    ("entries", "ways", "anybody"),
    [
        ([{}], ["setting"], "setting"),
        ([{}, {"fhirServers": []}], ["setting", "full"], "full"),
        ([{}, {"prefetch": "full"}], ["setting", "full"], "full"),
        ([{"prefetch": "lean"}], ["lean"], "setting"),
        ([{"fhirServers": []}], ["full"], "full"),
        ([], [], "full"),
    ],
    ids=str,
)
def test_lean_is_for_those_whose_server_may_be_asked(
    entries: list[dict[str, object]],
    ways: list[str],
    anybody: str,
    setting: Prefetch,
    knowledge: Knowledge,
    tmp_path: Path,
) -> None:
    path = tmp_path / "clients.yaml"
    listed = [
        {
            "name": f"c{i}",
            "fhirServers": [{"base": f"https://c{i}.example/r4", "networks": ["10.0.0.0/8"]}],
        }
        | entry
        for i, entry in enumerate(entries)
    ]
    path.write_text(json.dumps({"clients": listed}), encoding="utf-8")
    clients = load_clients(path, knowledge, Strictness(is_production=True), setting)
    are_lean = [client.servers.is_lean for client in clients.by_name.values()]
    assert are_lean == [{"setting": setting}.get(way, way) == "lean" for way in ways]
    assert clients.servers.is_lean == ({"setting": setting}.get(anybody, anybody) == "lean")


@pytest.mark.parametrize("setting", ["full", "lean"])
def test_without_a_file_lean_is_for_development(setting: Prefetch, knowledge: Knowledge) -> None:
    lean = [
        no_clients(knowledge, is_production=is_production, prefetch=setting).servers.is_lean
        for is_production in (False, True)
    ]
    assert lean == [setting == "lean", False]


def test_in_production_http_is_refused(load: Load) -> None:
    with pytest.raises(KnowledgeError, match="https only") as caught:
        load(VALID, is_production=True)
    assert caught.value.line == 6


def test_a_file_that_is_missing_is_named(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"absent\.yaml:1: this file is missing"):
        load_clients(tmp_path / "absent.yaml", knowledge, Strictness(is_production=False))


def test_the_service_does_not_start_with_a_wrong_file(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(VALID.replace(OUR_BASE, "x"), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=NO_ADDRESS):
        make_app(Settings(clients_file=path), knowledge)


def test_the_settings_name_the_file() -> None:
    assert read_settings({"CDS_CLIENTS": "/etc/cds/clients.yaml"}).clients_file == Path(
        "/etc/cds/clients.yaml"
    )


@pytest.mark.parametrize("environ", [{}, {"CDS_CLIENTS": ""}], ids=str)
def test_without_a_name_there_is_no_file(environ: dict[str, str]) -> None:
    assert read_settings(environ).clients_file is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("0.5", 0.5), ("1.25", 1.25), ("30", 30.0), ("0.001", 0.001)]
)
def test_the_deadline_is_a_number_of_seconds(text: str, seconds: float) -> None:
    assert read_settings({"CDS_DEADLINE_SECONDS": text}).deadline_seconds == seconds


def test_the_deadline_is_two_seconds_where_nothing_is_said() -> None:
    assert read_settings({}).deadline_seconds == 2.0


NO_SECONDS = [
    "",
    "0",
    "0.0",
    "-1",
    "+1",
    "1e3",
    "inf",
    "nan",
    "2 s",
    " 2",
    "2.",
    ".5",
    "1,5",
    "\u0662",
]


@pytest.mark.parametrize("text", [*NO_SECONDS, "9" * 5_000], ids=lambda text: ascii(text)[:10])
def test_a_deadline_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="CDS_DEADLINE_SECONDS"):
        read_settings({"CDS_DEADLINE_SECONDS": text})


def test_a_registered_base_is_found_by_another_spelling(load: Load) -> None:
    base = parse_base("https://fhir.EXAMPLE.org/r4")
    assert base is not None
    assert base in load(VALID).servers.registered
