"""Runs the workers under granian: what bounds them, replaces them, and lets them end in peace."""

import signal
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.mp import MPServer, WorkerProcess

from cds_service.app import create_worker, keep_in_memory
from cds_service.core.knowledge import Knowledge
from cds_service.errors import SettingsError
from cds_service.settings import Settings
from cds_service.web.running.metrics import SharedCounts, share_counts

# A slow client holds a connection, and a sleeping thread while its body comes in. Both are cheap,
# so there may be many; `CDS_MAX_IN_FLIGHT` bounds how many calls are worked on at once.
MOST_CONNECTIONS = 4_096
MOST_THREADS = 2_048
WAITING_CONNECTIONS = 2_048
HEADER_MILLISECONDS = 10_000
MOST_HEADER_BYTES = 64 * 1024
# How long calls that are under way after the drain may take, before they are cut off.
SECONDS_TO_END = 10
CRASHES = 10
CRASH_SECONDS = 10.0


class Server(MPServer):
    """A server that says it will end before it ends, and replaces workers that die.

    On SIGTERM it goes on answering for `drain_seconds`, while `/readyz` turns callers away. It ends
    with an error only where ten workers die within ten seconds, so that an orchestrator notices.
    """

    def __init__(self, counts: SharedCounts, drain_seconds: float, **options: Any) -> None:  # noqa: ANN401
        super().__init__("cds_service.app:create_worker", **options)
        self._counts = counts
        self._drain_seconds = drain_seconds
        self._deaths: deque[float] = deque(maxlen=CRASHES)
        self._is_terminated = False

    def signal_handler_interrupt(self, *args: int | FrameType | None) -> None:
        """Note which signal it was: an interrupt from the keyboard ends at once."""
        self._is_terminated = args[:1] == (signal.SIGTERM,)
        super().signal_handler_interrupt(*args)  # type: ignore[no-untyped-call]

    def shutdown(self, exit_code: int = 0) -> None:
        """End the workers, after the drain where the server was asked to end."""
        self._counts.drain()
        if self._is_terminated:
            time.sleep(self._drain_seconds)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    def _spawn_worker(  # type: ignore[override]
        self,
        idx: int,
        target: Callable[..., None],
        callback_loader: Callable[..., Any],
    ) -> WorkerProcess:
        worker: WorkerProcess = super()._spawn_worker(idx, target, partial(callback_loader, idx))
        return worker

    def _respawn_workers(self, workers: list[int], *args: Any, **more: Any) -> None:  # noqa: ANN401
        """Replace dead workers; granian's own rule would end the server at a second death."""
        super()._respawn_workers(workers, *args, **more)
        now = time.monotonic()
        self._deaths.extend([now] * len(workers))
        if len(self._deaths) < CRASHES or now - self._deaths[0] > CRASH_SECONDS:
            self.respawned_wrks.clear()


def run_server(settings: Settings, knowledge: Knowledge) -> None:
    """Serve until a signal ends it; settings and content have been proved, workers get them.

    Only HTTP/1 is spoken: the bounds on headers and waiting do not hold for HTTP/2.
    """
    _prove_address(settings.host, settings.port)
    _prove_certificate(settings)
    counts = share_counts(knowledge, settings.workers)
    server = Server(
        counts,
        settings.drain_seconds,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=settings.workers,
        backlog=WAITING_CONNECTIONS,
        backpressure=MOST_CONNECTIONS,
        blocking_threads=MOST_THREADS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=MOST_HEADER_BYTES
        ),
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_END,
        log_enabled=False,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    keep_in_memory()
    server.serve(
        target_loader=partial(create_worker, settings, knowledge, counts), wrap_loader=False
    )


def _prove_address(host: str, port: int) -> None:
    """Raise where the service cannot listen: granian ends with a dump, or shares the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        address = socket.inet_ntop(family, socket.inet_pton(family, host))
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except (OSError, ValueError) as error:
        raise SettingsError(
            "CDS_HOST and CDS_PORT must be an IP address of this machine, such as 127.0.0.1 or "
            f"0.0.0.0, and a port that nobody listens on: {error}."
        ) from error


def _prove_certificate(settings: Settings) -> None:
    """Raise where certificate and key are not PEM, or not of each other."""
    if settings.tls_certificate is None:
        return
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password="")
    except OSError as error:
        raise SettingsError(
            "CDS_TLS_CERTIFICATE and CDS_TLS_KEY must be a certificate and its key, as PEM files."
        ) from error
