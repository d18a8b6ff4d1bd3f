"""The configuration, read once from the environment; refuses to know what it is used for."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cds_service.errors import SettingsError

DEFAULT_MAX_BODY_BYTES = 8 * 1024 * 1024
DEFAULT_DEADLINE_SECONDS = 2.0
DEFAULT_MAX_IN_FLIGHT = 32
DEFAULT_DRAIN_SECONDS = 5.0
PRODUCTION_CLIENT_RATE = 200
LEAST_KEY_LENGTH = 32
STANDARD_ERROR = "-"
UTC = ZoneInfo("UTC")
CARD_STATUSES = ("draft", "active")
HIGHEST_PORT = 65_535
MOST_WORKERS = 256
MOST = 999_999_999_999
_WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,11}")
_BASE_URL = re.compile(
    r"https?://(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:]+\])(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9._~\-]+)*/?"
)
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.\-]+|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_IN_FILE = "_FILE"
_SECONDS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
NEEDED_IN_PRODUCTION = ("CDS_PUBLIC_BASE_URL", "CDS_CARD_STATUSES")
AUTHENTICATIONS = ("none", "jwt", "trusted-proxy")
DEFAULT_DATABASE_URL = "sqlite:///cds-service.sqlite3"


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. The defaults are those of development."""

    is_production: bool = False
    public_base_url: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    cards_dir: Path | None = None
    card_statuses: frozenset[str] = frozenset(CARD_STATUSES)
    language: str = "en"
    time_zone: ZoneInfo = UTC
    cors_origins: frozenset[str] = frozenset({"*"})
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    clients_file: Path | None = None
    site_dir: Path | None = None
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    drain_seconds: float = DEFAULT_DRAIN_SECONDS
    max_in_flight: int = DEFAULT_MAX_IN_FLIGHT
    client_rate: int | None = None
    audit_log: str | None = None
    audit_key: bytes = field(default=b"", repr=False)
    client_authentication: str = "none"
    other_base_urls: frozenset[str] = frozenset()
    database_url: str = DEFAULT_DATABASE_URL


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the `CDS_*` variables; raise `SettingsError` that names the variable and the remedy.

    `CDS_X_FILE` names a file, such as a mounted secret, that holds the value of `CDS_X`.
    """
    environ = {**environ, **_values_in_files(environ)}
    is_production = _is_production(environ)
    tls_certificate, tls_key = _tls_files(environ)
    return Settings(
        is_production=is_production,
        port=_whole_number(environ, "CDS_PORT", Settings.port, HIGHEST_PORT),
        public_base_url=_public_base_url(environ, is_production),
        host=environ.get("CDS_HOST", Settings.host),
        workers=_whole_number(environ, "CDS_WORKERS", Settings.workers, MOST_WORKERS),
        cards_dir=_folder(environ, "CDS_CARDS_DIR"),
        card_statuses=_card_statuses(environ),
        language=environ.get("CDS_LANGUAGE", Settings.language),
        time_zone=_time_zone(environ),
        cors_origins=_cors_origins(environ, is_production),
        clients_file=_path(environ, "CDS_CLIENTS"),
        site_dir=_folder(environ, "CDS_SITE_DIR"),
        deadline_seconds=_seconds(environ, "CDS_DEADLINE_SECONDS", DEFAULT_DEADLINE_SECONDS),
        max_body_bytes=_whole_number(environ, "CDS_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES),
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        drain_seconds=_seconds(environ, "CDS_DRAIN_SECONDS", DEFAULT_DRAIN_SECONDS),
        max_in_flight=_whole_number(environ, "CDS_MAX_IN_FLIGHT", DEFAULT_MAX_IN_FLIGHT),
        client_rate=_client_rate(environ, is_production),
        audit_log=environ.get("CDS_AUDIT_LOG") or None,
        audit_key=_audit_key(environ),
        client_authentication=_authentication(environ, is_production),
        other_base_urls=_other_base_urls(environ, is_production),
        database_url=environ.get("CDS_DATABASE_URL", DEFAULT_DATABASE_URL),
    )


def _values_in_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the files hold; a value from a file wins, since an image may set another."""
    values = {}
    for name in environ:
        if name.startswith("CDS_") and name.endswith(_IN_FILE):
            try:
                text = Path(environ[name]).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                raise SettingsError(f"{name} must name a text file that can be read.") from error
            values[name.removesuffix(_IN_FILE)] = text.strip()
    return values


def _tls_files(environ: Mapping[str, str]) -> tuple[Path | None, Path | None]:
    certificate, key = environ.get("CDS_TLS_CERTIFICATE"), environ.get("CDS_TLS_KEY")
    if not certificate and not key:
        return None, None
    if certificate and key and os.access(certificate, os.R_OK) and os.access(key, os.R_OK):
        return Path(certificate), Path(key)
    raise SettingsError(
        "CDS_TLS_CERTIFICATE and CDS_TLS_KEY go together: each names a PEM file that can be read."
    )


def _cors_origins(environ: Mapping[str, str], is_production: bool) -> frozenset[str]:
    origins = _words(environ, "CDS_CORS_ORIGINS", "" if is_production else "*")
    if not all(origin == "*" or _ORIGIN.fullmatch(origin) for origin in origins):
        raise SettingsError(
            "CDS_CORS_ORIGINS takes origins as browsers send them, such as "
            "https://sandbox.example.org: lower case, no path, no slash at the end."
        )
    return origins


def _is_production(environ: Mapping[str, str]) -> bool:
    """Tell whether this is production; raise where it lacks what production needs."""
    if _one_of(environ, "CDS_ENV", ("development", "production")) == "development":
        return False
    missing = [name for name in NEEDED_IN_PRODUCTION if not environ.get(name)]
    if missing:
        raise SettingsError(f"CDS_ENV=production needs {', '.join(missing)}: see README.")
    return True


def _authentication(environ: Mapping[str, str], is_production: bool) -> str:
    """Return how clients are known; in production by their tokens unless a proxy checks them."""
    name = "CDS_CLIENT_AUTHENTICATION"
    allowed = ("jwt", "trusted-proxy") if is_production else AUTHENTICATIONS
    way = _one_of(environ, name, allowed)
    if way == "jwt" and not environ.get("CDS_CLIENTS"):
        raise SettingsError(
            f"{name}=jwt, the default of production, needs CDS_CLIENTS, which `cds-service client "
            f"add` writes. Where a proxy in front checks the clients, set {name}=trusted-proxy."
        )
    return way


def _public_base_url(environ: Mapping[str, str], is_production: bool) -> str:
    own = f"http://127.0.0.1:{environ.get('CDS_PORT', Settings.port)}"
    url = environ.get("CDS_PUBLIC_BASE_URL") or own
    return _base_url("CDS_PUBLIC_BASE_URL", url, is_production).rstrip("/")


def _other_base_urls(environ: Mapping[str, str], is_production: bool) -> frozenset[str]:
    name = "CDS_OTHER_BASE_URLS"
    return frozenset(
        _base_url(name, url, is_production).rstrip("/") for url in _words(environ, name, "")
    )


def _base_url(name: str, url: str, is_production: bool) -> str:
    if not _BASE_URL.fullmatch(url):
        raise SettingsError(f"{name} must be a plain http(s) URL such as https://cds.example.org.")
    if is_production and not url.startswith("https://"):
        raise SettingsError(f"{name} must begin with https:// in production.")
    port = re.search(r":([0-9]+)(?:/|$)", url.partition("//")[2])
    if port and int(port[1]) > HIGHEST_PORT:
        raise SettingsError(f"{name} names a port that does not exist.")
    return url


def _card_statuses(environ: Mapping[str, str]) -> frozenset[str]:
    statuses = _words(environ, "CDS_CARD_STATUSES", " ".join(CARD_STATUSES))
    if not statuses or not statuses <= set(CARD_STATUSES):
        raise SettingsError("CDS_CARD_STATUSES takes `active`, `draft` or both, comma between.")
    return statuses


def _time_zone(environ: Mapping[str, str]) -> ZoneInfo:
    name = environ.get("CDS_TIME_ZONE", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError("CDS_TIME_ZONE must be a zone name such as Europe/Berlin.") from error


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    path = _path(environ, name)
    if path and not os.access(f"{path}/", os.R_OK):
        raise SettingsError(f"{name} must name a folder that can be read.")
    return path


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(name, allowed[0])
    if value not in allowed:
        raise SettingsError(f"{name} must be one of: {', '.join(allowed)}.")
    return value


def _whole_number(environ: Mapping[str, str], name: str, default: int, most: int = MOST) -> int:
    value = environ.get(name, str(default))
    if not _WHOLE_NUMBER.fullmatch(value) or int(value) > most:
        raise SettingsError(f"{name} must be a whole number from 1 to {most}.")
    return int(value)


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    value = environ.get(name, str(default))
    if not _SECONDS.fullmatch(value) or not float(value):
        raise SettingsError(f"{name} must be a number of seconds such as 2.0.")
    return float(value)


def _words(environ: Mapping[str, str], name: str, default: str) -> frozenset[str]:
    return frozenset(environ.get(name, default).replace(",", " ").split())


def _client_rate(environ: Mapping[str, str], is_production: bool) -> int | None:
    name = "CDS_CLIENT_RATE"
    if not is_production and not environ.get(name):
        return None
    return _whole_number(environ, name, PRODUCTION_CLIENT_RATE)


def _audit_key(environ: Mapping[str, str]) -> bytes:
    if not environ.get("CDS_AUDIT_LOG"):
        return b""
    key = environ.get("CDS_AUDIT_KEY", "")
    if len(key) < LEAST_KEY_LENGTH:
        raise SettingsError(
            f"CDS_AUDIT_LOG needs CDS_AUDIT_KEY, a secret of at least {LEAST_KEY_LENGTH} "
            "characters: the trail holds keyed hashes instead of identifiers."
        )
    return key.encode()
