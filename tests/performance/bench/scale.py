"""What more workers, client tokens, a shared store and nginx with replicas cost, call by call."""

import itertools
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.deploy.front import NAME, before, lacks_nginx
from tests.performance.bench.in_process import bodies
from tests.performance.bench.load import Target, send
from tests.performance.bench.process import Program, Running, cpu_seconds, family, running
from tests.performance.bench.programs import our_program
from tests.performance.bench.turns import Cell, Effort, Measured, in_turn
from tests.store.postgres import Postgres, start_postgres
from tests.trust.signing import (
    BASE,
    ES_KID,
    ISS,
    JKU,
    clients_file,
    ec_jwk,
    ec_key,
    good_claims,
    token,
)

CALL = ("two cards", "6 KB")
REPEATING_ISS = "https://repeating.example.org"
REPEATING = {
    "name": "Repeating Hospital",
    "iss": REPEATING_ISS,
    "jku": JKU,
    "keys": [ec_jwk(ES_KID, ec_key("own"))],
    "replay": "until-expiry",
}
TOKENS_A_SECOND = 400
WARM_SECONDS = 1.0
SERVICE, NGINX, POSTGRES = "service", "nginx", "PostgreSQL"
PROGRAMS_OF = {NGINX: "nginx", POSTGRES: "postgres"}
NO_LIMIT = "1000000r/s"


@dataclass(frozen=True)
class Setup:
    """A deployment: workers, who signs the tokens, where they are kept, replicas behind nginx."""

    workers: int = 1
    iss: str | None = None
    store: str = "SQLite"
    replicas: int = 0  # 0: one server without nginx

    def programs(self, name: str, stores: Mapping[str, str], clients: Path) -> list[Program]:
        """Return the servers of this deployment."""
        variables = {"CDS_WORKERS": str(self.workers)}
        if self.iss:
            variables |= {
                "CDS_PUBLIC_BASE_URL": BASE,
                "CDS_CLIENT_AUTHENTICATION": "jwt",
                "CDS_CLIENTS": str(clients),
                "CDS_DATABASE_URL": stores[self.store],
            }
        return [our_program(f"{name} {n}", **variables) for n in range(self.replicas or 1)]


ONE, UNKEPT = "1 worker", "1 worker, tokens, not kept"
SQLITE, SHARED = "1 worker, tokens kept in SQLite", "1 worker, tokens kept in PostgreSQL"
FRONTED = "the same behind nginx with TLS"
REPLICAS = "2 replicas behind nginx with TLS"
SETUPS = {
    ONE: Setup(),
    "2 workers": Setup(workers=2),
    "4 workers": Setup(workers=4),
    "8 workers": Setup(workers=8),
    UNKEPT: Setup(iss=REPEATING_ISS),
    SQLITE: Setup(iss=ISS),
    SHARED: Setup(iss=ISS, store=POSTGRES),
    FRONTED: Setup(iss=ISS, store=POSTGRES, replicas=1),
    REPLICAS: Setup(iss=ISS, store=POSTGRES, replicas=2),
}


def measure_scale(effort: Effort, folder: Path) -> Mapping[str, Measured]:
    """Start every deployment, and send to one after the other; without nginx two are left out."""
    body = bodies()[CALL]
    clients = clients_file(folder, REPEATING)
    with ExitStack() as stack:
        postgres = stack.enter_context(_postgres())
        stores = {"SQLite": f"sqlite:///{folder}/tokens.sqlite3", POSTGRES: postgres.url}
        cells = {}
        for name, setup in SETUPS.items():
            if setup.replicas and lacks_nginx():
                continue
            programs = setup.programs(name, stores, clients)
            servers = [stack.enter_context(running(one, body, folder)) for one in programs]
            target = servers[0].target
            if setup.replicas:
                target = stack.enter_context(_front(servers, folder / f"nginx-{setup.replicas}"))
            cells[name] = Cell(_sender(target, body, setup.iss), _watch(servers))
        for cell in cells.values():
            cell.send(WARM_SECONDS)
        return in_turn(cells, effort.rounds, effort.seconds)


@contextmanager
def _postgres() -> Iterator[Postgres]:
    server = start_postgres()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _front(servers: list[Running], folder: Path) -> Iterator[Target]:
    """Start nginx as it is shipped before all the servers, but for its limit to a client."""
    folder.mkdir()
    upstream = "; server ".join(f"127.0.0.1:{server.target.port}" for server in servers)
    with before(upstream, folder, folder / "service", folder / "nginx.log", NO_LIMIT) as front:
        trusted = ssl.create_default_context(cafile=front.certificate)
        yield Target(front.port, servers[0].target.path, NAME, trusted)


def _sender(target: Target, body: bytes, iss: str | None) -> Callable[[float], list[float]]:
    """Return what sends for so long, or until as many tokens as that may take are used up."""
    numbers = itertools.count()

    def claims() -> dict[str, object]:
        ordinary = good_claims(
            f"{target.port}-{next(numbers)}", BASE + target.path, int(time.time())
        )
        return ordinary | {"iss": iss}

    def sender(seconds: float) -> list[float]:
        if iss is None:
            return send(target, itertools.repeat(target.request(body)), seconds)
        count = int(seconds * TOKENS_A_SECOND)
        signed = [target.request(body, token(claims=claims())) for _ in range(count)]
        return send(target, iter(signed), seconds * 10)

    return sender


def _watch(servers: list[Running]) -> Callable[[], dict[str, float]]:
    """Return what tells the CPU time of the servers, and of whatever else works for them."""

    def parts() -> dict[str, float]:
        others = family(psutil.Process())
        found = {SERVICE: sum(server.cpu_seconds() for server in servers)}
        for part, name in PROGRAMS_OF.items():
            found[part] = sum(cpu_seconds(one) for one in others if one.name() == name)
        return found

    return parts
