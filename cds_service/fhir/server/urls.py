"""FHIR base URLs, compared after parsing; refuses every spelling that two parsers read differently.

What a client sends is only compared. What is called is always the registered text.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%|]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
_SEGMENT = re.compile(r"[A-Za-z0-9\-._~]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_CHARACTERS = 2_048


@dataclass(frozen=True, slots=True)
class Base:
    """A FHIR base URL in parts: scheme, host in lower case, port, path segments."""

    scheme: str
    host: str
    port: int
    segments: tuple[str, ...]

    @property
    def text(self) -> str:
        """The base as one URL without a trailing slash."""
        host = _written(self.host)
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return "/".join([f"{self.scheme}://{host}{port}", *self.segments])

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, written as a plain address or `localhost`."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_base(text: str | None) -> Base | None:
    """Return the parts of a FHIR base URL, or None for anything doubtful.

    User information, query, fragment, backslashes, escapes, dot segments, empty segments, hosts
    that are not plain names or canonical addresses, and control characters are all doubtful.
    """
    if not text or len(text) > _MOST_CHARACTERS or not _PLAIN.fullmatch(text):
        return None
    if any(mark in text for mark in "%?#"):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    scheme, host, segments = parts.scheme, _host(parts.hostname), _segments(parts.path)
    if scheme not in _DEFAULT_PORTS or host is None or port == 0 or segments is None:
        return None
    if parts.netloc.lower() not in (_written(host), f"{_written(host)}:{port}"):
        return None
    return Base(scheme, host, port or _DEFAULT_PORTS[scheme], segments)


def next_page(link: str, current: str, base: Base) -> str | None:
    """Return the URL of a further page, or None where it would leave the base.

    A relative link is resolved against the current page. Scheme, host, port and the path segments
    of the base must be the same; what is returned begins with the base's own text.
    """
    if len(link) > _MOST_CHARACTERS or not _PLAIN.fullmatch(link) or "#" in link:
        return None
    if link.startswith("//"):
        link = f"{base.scheme}:{link}"
    try:
        whole = link if _SCHEME.match(link) else urljoin(current, link)
    except ValueError:
        return None
    address, _, query = whole.partition("?")
    found, depth = parse_base(address), len(base.segments)
    if found is None or replace(found, segments=found.segments[:depth]) != base:
        return None
    path = "/".join([base.text, *found.segments[depth:]])
    return f"{path}?{query}" if query else path


def _segments(path: str) -> tuple[str, ...] | None:
    trimmed = path.removeprefix("/").removesuffix("/")
    segments = tuple(trimmed.split("/")) if trimmed else ()
    are_plain = all(_SEGMENT.fullmatch(s) and s.strip(".") for s in segments)
    return segments if are_plain and not path.startswith("//") else None


def _host(host: str | None) -> str | None:
    """Return a host name or a canonical address; 127.1, 0x7f.0.0.1 and 2130706433 are neither.

    As in the URL Standard, a last label that is a number makes the host an address.
    """
    if not host:
        return None
    labels = host.split(".")
    if ":" in host or _NUMBER.fullmatch(labels[-1]):
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped
        return host if str(address) == host and not is_mapped else None
    return host if all(_HOST_LABEL.fullmatch(label) for label in labels) else None


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
