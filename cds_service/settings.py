"""The configuration of a deployment, read once from the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, ValidationError, convert

from cds_service.errors import SettingsError

DEFAULT_MAX_BODY_BYTES = 8 * 1024 * 1024
DEFAULT_DEADLINE_SECONDS = 2.0
LEAST_KEY_LENGTH = 32
STANDARD_ERROR = "-"
NEEDED_IN_PRODUCTION = ("CDS_PUBLIC_BASE_URL", "CDS_CARD_STATUSES")
DEFAULTS_OF_PRODUCTION = {"CDS_CLIENT_RATE": "200", "CDS_CORS_ORIGINS": "", "CDS_PREFETCH": "lean"}
_AUTHORITY = r"(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.\-]+)(?::[1-9][0-9]{0,4})?"
_BaseUrl = Annotated[str, Meta(pattern=rf"^https?://{_AUTHORITY}(?:/[A-Za-z0-9._~\-]+)*/?\Z")]
_Origin = Annotated[str, Meta(pattern=rf"^(?:\*|https?://(?!.*[A-Z]){_AUTHORITY})\Z")]
_Statuses = Annotated[frozenset[Literal["draft", "active"]], Meta(min_length=1)]


class Form(NamedTuple):
    """How a variable is read, which raises where it has another form, and what is said then."""

    read: Callable[[str], Any]
    words: str = ""


def _bounded(kind: Any, words: str) -> Form:  # noqa: ANN401 (a type with its bounds)
    return Form(lambda text: convert(text, kind, strict=False), words)


def _whole(most: int) -> Form:
    words = f"must be a whole number from 1 to {most}."
    return _bounded(Annotated[int, Meta(ge=1, le=most)], words)


def _set_of(kind: Any, words: str) -> Form:  # noqa: ANN401 (the type of a set)
    return Form(lambda text: convert(text.replace(",", " ").split(), kind), words)


def _url(text: str) -> str:
    url: str = convert(text, _BaseUrl)
    _ = urlsplit(url).port  # raises above 65535
    return url.rstrip("/")


def _folder(text: str) -> Path:
    if not os.access(f"{text}/", os.R_OK):
        raise ValueError
    return Path(text)


_URL_WORDS = "must be a plain http(s) URL such as https://cds.example.org, its port at most 65535."
_ORIGIN_WORDS = (
    "takes origins as browsers send them, such as https://sandbox.example.org: lower case, no "
    "path, no slash at the end."
)
_STATUS_WORDS = "takes `active`, `draft` or both, comma between."
_URLS = Form(lambda text: frozenset(map(_url, text.replace(",", " ").split())), _URL_WORDS)
_SECONDS_WORDS = "must be a number of seconds such as 2.0."
UTC = ZoneInfo("UTC")
Text = Annotated[str, Form(str)]
Zone = Annotated[ZoneInfo, Form(ZoneInfo, "must be a zone name such as Europe/Berlin.")]
Origins = Annotated[frozenset[str], _set_of(frozenset[_Origin], _ORIGIN_WORDS)]
Statuses = Annotated[frozenset[str], _set_of(_Statuses, _STATUS_WORDS)]
FolderPath = Annotated[Path | None, Form(_folder, "must name a folder that can be read.")]
FilePath = Annotated[Path | None, Form(Path)]
_Prefetch = Literal["full", "lean"]
Prefetched = Annotated[_Prefetch, _bounded(_Prefetch, "must be `full` or `lean`.")]
Count = Annotated[int, _whole(999_999_999_999)]
Seconds = Annotated[float, _bounded(Annotated[float, Meta(gt=0, lt=1000)], _SECONDS_WORDS)]


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. The defaults are those of development."""

    is_production: bool = False
    public_base_url: Annotated[str, Form(_url, _URL_WORDS)] = "http://127.0.0.1:8080"
    host: Text = "127.0.0.1"
    port: Annotated[int, _whole(65_535)] = 8080
    workers: Annotated[int, _whole(256)] = 1
    cards_dir: FolderPath = None
    card_statuses: Statuses = frozenset({"draft", "active"})
    language: Text = "en"
    time_zone: Zone = UTC
    cors_origins: Origins = frozenset({"*"})
    max_body_bytes: Count = DEFAULT_MAX_BODY_BYTES
    clients_file: FilePath = None
    site_dir: FolderPath = None
    prefetch: Prefetched = "full"
    deadline_seconds: Seconds = DEFAULT_DEADLINE_SECONDS
    tls_certificate: FilePath = None
    tls_key: FilePath = None
    drain_seconds: Seconds = 5.0
    max_in_flight: Count = 32
    client_rate: Annotated[int | None, _whole(999_999_999_999)] = None
    audit_log: Annotated[str | None, Form(str)] = None
    audit_key: bytes = field(default=b"", repr=False)
    client_authentication: str = "none"
    other_base_urls: Annotated[frozenset[str], _URLS] = frozenset()
    database_url: Text = "sqlite:///cds-service.sqlite3"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the `CDS_*` variables; raise `SettingsError` that names the variable and the remedy.

    `CDS_X_FILE` names a file, such as a mounted secret, that holds the value of `CDS_X`.
    """
    environ = {**environ, **_values_in_files(environ)}
    is_production = _one_of(environ, "CDS_ENV", ("development", "production")) == "production"
    own_url = f"http://127.0.0.1:{environ.get('CDS_PORT', Settings.port)}"
    if is_production:
        _check_given(environ)
        environ = environ | {k: v for k, v in DEFAULTS_OF_PRODUCTION.items() if not environ.get(k)}
    _check_tls_files(environ)
    settings = Settings(
        is_production=is_production,
        audit_key=_audit_key(environ),
        client_authentication=_authentication(environ, is_production),
        **{"public_base_url": own_url, **_values(environ)},
    )
    if is_production:
        _check_https("CDS_PUBLIC_BASE_URL", settings.public_base_url)
        _check_https("CDS_OTHER_BASE_URLS", *settings.other_base_urls)
    return settings


def variable_of(member: str) -> str:
    """Return the variable that sets a member of the settings."""
    return f"CDS_{member.removesuffix('_file').upper()}"


def _values(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of each member whose variable is set."""
    hints, values = get_type_hints(Settings, include_extras=True), dict[str, Any]()
    for member in fields(Settings):
        variable = variable_of(member.name)
        text = environ.get(variable)
        is_unset_if_empty = member.default is None or member.name == "public_base_url"
        for form in getattr(hints[member.name], "__metadata__", ()):
            if text is not None and not (is_unset_if_empty and not text):
                values[member.name] = _value(variable, text, form)
    return values


def _value(variable: str, text: str, form: Form) -> Any:  # noqa: ANN401 (of many types)
    try:
        return form.read(text)
    except (ValidationError, ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{variable} {form.words}") from error


def _values_in_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the files hold; a value from a file wins, since an image may set another."""
    values = {}
    for name in environ:
        if name.startswith("CDS_") and name.endswith("_FILE"):
            try:
                text = Path(environ[name]).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                raise SettingsError(f"{name} must name a text file that can be read.") from error
            values[name.removesuffix("_FILE")] = text.strip()
    return values


def _check_given(environ: Mapping[str, str]) -> None:
    missing = [name for name in NEEDED_IN_PRODUCTION if not environ.get(name)]
    if missing:
        raise SettingsError(f"CDS_ENV=production needs {', '.join(missing)}: see README.")


def _check_https(variable: str, *urls: str) -> None:
    if not all(url.startswith("https://") for url in urls):
        raise SettingsError(f"{variable} must begin with https:// in production.")


def _check_tls_files(environ: Mapping[str, str]) -> None:
    files = [environ.get("CDS_TLS_CERTIFICATE"), environ.get("CDS_TLS_KEY")]
    if any(files) and not all(file and os.access(file, os.R_OK) for file in files):
        words = "go together: each names a PEM file that can be read."
        raise SettingsError(f"CDS_TLS_CERTIFICATE and CDS_TLS_KEY {words}")


def _authentication(environ: Mapping[str, str], is_production: bool) -> str:
    """Return how clients are known; in production by their tokens unless a proxy checks them."""
    name = "CDS_CLIENT_AUTHENTICATION"
    ways = ("jwt", "trusted-proxy") if is_production else ("none", "jwt", "trusted-proxy")
    way = _one_of(environ, name, ways)
    if way == "jwt" and not environ.get("CDS_CLIENTS"):
        raise SettingsError(
            f"{name}=jwt, the default of production, needs CDS_CLIENTS, which `cds-service client "
            f"add` writes. Where a proxy in front checks the clients, set {name}=trusted-proxy."
        )
    return way


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(name, allowed[0])
    if value not in allowed:
        raise SettingsError(f"{name} must be one of: {', '.join(allowed)}.")
    return value


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
