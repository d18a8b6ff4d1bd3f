"""HTTP to a FHIR server that can be cut off at any moment; refuses to know what is fetched.

A time-out of `requests` starts anew with every byte, so a server that drips holds a caller for
ever. Here every connection is registered with the `HttpExchange` that uses it, whose `abort` shuts
its socket down: whichever step was waiting (TLS, headers, body) fails at once and its thread is
free.
"""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

CONNECT_SECONDS = 0.3
READ_SECONDS = 1.0
CHUNK_BYTES = 65_536

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class HttpExchange:
    """One HTTP exchange under way: the sockets that it uses, so that it can be cut off."""

    def __init__(
        self, networks: tuple[Network, ...], connect_seconds: float = CONNECT_SECONDS
    ) -> None:
        self.networks = networks
        self.connect_seconds = connect_seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_aborted = False

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

    def close(self) -> None:
        """Let go of the duplicates."""
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()


_current = threading.local()


@contextlib.contextmanager
def on_this_thread(call: HttpExchange) -> Iterator[None]:
    """Make every connection that this thread uses belong to `call`."""
    _current.call = call
    try:
        yield
    finally:
        _current.call = None
        call.close()


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


class _Session(requests.Session):
    """A session that sees no redirect; `requests` would read its body, unpacked and unlimited."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return none, so that a redirect is an answer like any other."""


class _Guarded(HTTPConnection):
    """Opens sockets only to allowed addresses, and reports them to its exchange."""

    def _new_conn(self) -> socket.socket:
        call: HttpExchange = _current.call
        infos = socket.getaddrinfo(self._dns_host, self.port or 0, type=socket.SOCK_STREAM)
        allowed = [info for info in infos if is_allowed(str(info[4][0]), call.networks)]
        for family, kind, protocol, _, address in allowed:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(call.connect_seconds)
                call.use(sock)
                sock.connect(address)
                call.use(sock)  # again: an abort before the connection stood had nothing to cut
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                sock.close()
            else:
                return sock
        raise NewConnectionError(self, "no allowed address answered")

    def request(self, *args: object, **kwargs: object) -> None:
        """Register a kept-alive socket before it is used again."""
        if self.sock is not None:
            _current.call.use(self.sock)
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
