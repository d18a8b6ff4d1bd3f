"""nginx with the shipped configuration on loopback, before the real service in production."""

import datetime
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.commands import free_port, served
from tests.conftest import ROOT

PROGRAM = "nginx"
NAME = "cds.example.org"
SHIPPED = ROOT / "deploy" / "nginx"
START_SECONDS = 10
PRODUCTION = {
    "CDS_ENV": "production",
    "CDS_PUBLIC_BASE_URL": f"https://{NAME}",
    "CDS_CARD_STATUSES": "active,draft",
    "CDS_CLIENT_AUTHENTICATION": "trusted-proxy",
}


def lacks_nginx() -> bool:
    """Tell whether this machine has no nginx."""
    return shutil.which(PROGRAM) is None


@dataclass(frozen=True)
class Front:
    """A running nginx: its port, the certificate to trust, the address behind it, both logs."""

    port: int
    certificate: Path
    upstream: str
    service_log: Path
    nginx_log: Path

    def connect(self, name: str = NAME) -> ssl.SSLSocket:
        """Open a TLS connection and check the certificate."""
        context = ssl.create_default_context(cafile=self.certificate)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return context.wrap_socket(plain, server_hostname=name)

    def exchange(self, sent: bytes, wait_seconds: float = 10) -> bytes:
        """Send bytes on a new connection and return what comes until it is closed."""
        with self.connect() as connection:
            with suppress(ConnectionError, ssl.SSLError):  # refused before all of it was sent
                connection.sendall(sent)
            return read_to_end(connection, wait_seconds)


def read_to_end(connection: ssl.SSLSocket, wait_seconds: float = 10) -> bytes:
    """Return what comes until the other side closes, or is silent for so long."""
    connection.settimeout(wait_seconds)
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except (TimeoutError, ConnectionError, ssl.SSLError):
        pass
    return received


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the name and loopback, which signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(IPv4Address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@contextmanager
def fronted(folder: Path) -> Iterator[Front]:
    """Start the service and nginx before it; both are stopped at the end."""
    log = folder / "service.log"
    with (
        served(log, **PRODUCTION) as (_, url),
        before(url.removeprefix("http://"), folder, log, folder / "nginx.log") as front,
    ):
        yield front


@contextmanager
def before(
    upstream: str, folder: Path, service_log: Path, nginx_log: Path, rate: str = "100r/s"
) -> Iterator[Front]:
    """Start nginx before an address, whoever answers there; `rate` is what it takes of a client."""
    port = free_port()
    certificate, key = make_certificate(folder)
    places = {
        "/tmp/": f"{folder}/",
        "listen 8443": f"listen 127.0.0.1:{port}",
        "server service:8080": f"server {upstream}",
        "rate=100r/s": f"rate={rate}",
        "/run/secrets/tls_certificate": str(certificate),
        "/run/secrets/tls_key": str(key),
        "/dev/stdout": str(nginx_log),
        "error_log stderr": f"error_log {nginx_log}",
    }
    with _nginx(_at_places(places, folder), folder, port):
        yield Front(port, certificate, upstream, service_log, nginx_log)


def _at_places(places: dict[str, str], folder: Path) -> Path:
    """Write the shipped configuration for this machine: only places and ports are changed."""
    text = (SHIPPED / "nginx.conf").read_text(encoding="utf-8")
    for shipped, here in places.items():
        assert shipped in text
        text = text.replace(shipped, here)
    # The container starts nginx as its user; root would hand over to one that cannot read here.
    text = ("user root;\n" if os.geteuid() == 0 else "") + text
    configuration = folder / "nginx.conf"
    configuration.write_text(text, encoding="utf-8")
    shutil.copy(SHIPPED / "outcome-headers.conf", folder)
    return configuration


@contextmanager
def _nginx(configuration: Path, folder: Path, port: int) -> Iterator[None]:
    command = [PROGRAM, "-g", "daemon off;", "-c", str(configuration)]
    with (folder / "nginx.err").open("wb") as errors:
        process = subprocess.Popen(command, stdout=errors, stderr=errors)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx did not start")
