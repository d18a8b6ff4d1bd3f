"""HTTP to another server: at allowed addresses alone, at most N bytes, cut off at any moment.

A time-out of `requests` starts anew with every byte, so a server that drips holds a caller for
ever. Here every connection is registered with the `HttpExchange` that uses it, whose `abort` shuts
its socket down: whichever step was waiting (TLS, headers, body) fails at once and its thread is
free.
"""

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

CONNECT_SECONDS = 0.3
READ_SECONDS = 1.0
CHUNK_BYTES = 65_536

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
# Neither link-local (cloud metadata) nor this machine: `is_allowed` keeps those apart.
ANYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
NO_ANSWER = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
"""All that may be raised where no usable answer came, a late one included."""

_current = threading.local()


class HttpExchange:
    """Requests of one thread, one after the other, until a moment: what they use can be cut off."""

    def __init__(
        self,
        networks: tuple[Network, ...],
        deadline: float,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.networks = networks
        self.connect_seconds = connect_seconds
        self.is_abandoned = False
        self._deadline = deadline
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_aborted = False

    def is_late(self) -> bool:
        """Tell whether what comes now comes too late."""
        return self._is_aborted or time.monotonic() >= self._deadline

    @contextlib.contextmanager
    def on_this_thread(self) -> Iterator[None]:
        """Make every connection that this thread uses belong to this; let go of them afterwards."""
        _current.exchange = self
        try:
            yield
        finally:
            _current.exchange = None
            self.close()

    def use(self, sock: socket.socket) -> None:
        """Remember a socket by a duplicate, which outlives a TLS wrap; raise once aborted.

        The duplicate is made from the number: a TLS socket refuses `dup`.
        """
        with self._lock:
            if self._is_aborted:
                raise ConnectionAbortedError
            self._sockets.append(socket.fromfd(sock.fileno(), sock.family, sock.type))

    def abort(self) -> None:
        """Shut every socket down; the thread that waits on one gets an error at once."""
        with self._lock:
            self._is_aborted = True
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Abort what is not needed any more."""
        self.is_abandoned = True
        self.abort()

    def close(self) -> None:
        """Let go of the duplicates."""
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()


def make_session() -> requests.Session:
    """Return a session without redirects, cookies, and proxies or netrc of the environment."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers.update({"Accept": "application/fhir+json", "Accept-Encoding": "identity"})
    adapter = _Adapter(pool_connections=16, pool_maxsize=32, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def is_allowed(address: str, networks: tuple[Network, ...]) -> bool:
    """Tell whether a resolved address may be called.

    Link-local (which holds the cloud metadata services), multicast and unspecified addresses never
    are. Any other must lie in one of the networks, and this machine in one that is loopback itself:
    0.0.0.0/0 does not open it.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    fitting = (network for network in networks if network.version == found.version)
    if found.is_loopback:
        return any(found in network and network.is_loopback for network in fitting)
    if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
        return False
    return any(found in network for network in fitting)


@contextlib.contextmanager
def cut_off_after(
    seconds: float, networks: tuple[Network, ...], connect_seconds: float = CONNECT_SECONDS
) -> Iterator[Callable[[], bool]]:
    """Let this thread call until then, and no longer; gives a question whether it is then."""
    exchange = HttpExchange(networks, time.monotonic() + seconds, connect_seconds)
    timer = threading.Timer(seconds, exchange.abort)
    timer.daemon = True
    timer.start()
    try:
        with exchange.on_this_thread():
            yield exchange.is_late
    finally:
        timer.cancel()


def read_body(
    response: requests.Response, most_bytes: int, is_late: Callable[[], bool]
) -> bytes | None:
    """Return a body as it was sent, or None where it is larger; raise `TimeoutError` once late.

    The clock is asked after the last byte too: a body without a length looks whole when it is cut
    off.
    """
    body = bytearray()
    for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > most_bytes:
            return None
        if is_late():
            break
    if is_late():
        raise TimeoutError
    return bytes(body)


class _Session(requests.Session):
    """A session that sees no redirect; `requests` would read its body, unpacked and unlimited."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return none, so that a redirect is an answer like any other."""


class _Guarded(HTTPConnection):
    """Opens sockets only to allowed addresses, and reports them to its exchange."""

    def _new_conn(self) -> socket.socket:
        exchange: HttpExchange = _current.exchange
        infos = socket.getaddrinfo(self._dns_host, self.port or 0, type=socket.SOCK_STREAM)
        allowed = [info for info in infos if is_allowed(str(info[4][0]), exchange.networks)]
        for family, kind, protocol, _, address in allowed:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(exchange.connect_seconds)
                exchange.use(sock)
                sock.connect(address)
                exchange.use(sock)  # again: an abort before the connection stood had nothing to cut
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                sock.close()
            else:
                return sock
        raise NewConnectionError(self, "no allowed address answered")

    def request(self, *args: object, **kwargs: object) -> None:
        """Register a kept-alive socket before it is used again."""
        if self.sock is not None:
            _current.exchange.use(self.sock)
        super().request(*args, **kwargs)  # type: ignore[arg-type]


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        """Use connections that are guarded and can be cut off."""
        super().init_poolmanager(*args, **kwargs)  # type: ignore[arg-type]
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
