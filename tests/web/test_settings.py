"""The configuration: defaults for development, and production that refuses what is missing."""

from pathlib import Path

import pytest

from cds_service.errors import SettingsError
from cds_service.settings import Settings, read_settings

PRODUCTION = {
    "CDS_ENV": "production",
    "CDS_PUBLIC_BASE_URL": "https://cds.example.org",
    "CDS_CARD_STATUSES": "active",
    "CDS_CLIENT_AUTHENTICATION": "trusted-proxy",
}


def test_without_variables_the_settings_are_those_of_development() -> None:
    assert read_settings({}) == Settings()


def test_production_starts_when_all_it_needs_is_set() -> None:
    settings = read_settings(PRODUCTION)
    assert settings.is_production
    assert settings.public_base_url == "https://cds.example.org"
    assert settings.card_statuses == {"active"}
    assert settings.cors_origins == frozenset()


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["CDS_PUBLIC_BASE_URL", "CDS_CARD_STATUSES"])
def test_production_names_the_variable_that_is_missing(name: str, value: str | None) -> None:
    environ = {key: given for key, given in PRODUCTION.items() if key != name}
    environ |= {} if value is None else {name: value}
    with pytest.raises(SettingsError, match=name):
        read_settings(environ)


def test_production_names_all_that_is_missing_at_once() -> None:
    with pytest.raises(SettingsError, match=r"BASE_URL.*CARD_STATUSES"):
        read_settings({"CDS_ENV": "production"})


@pytest.mark.parametrize("way", ["none", "", "Trusted-Proxy", "trusted-proxy ", "JWT", "oauth"])
def test_production_takes_no_authentication_that_is_none(way: str) -> None:
    with pytest.raises(SettingsError, match="CDS_CLIENT_AUTHENTICATION"):
        read_settings(PRODUCTION | {"CDS_CLIENT_AUTHENTICATION": way})


@pytest.mark.parametrize("way", [{}, {"CDS_CLIENT_AUTHENTICATION": "jwt"}], ids=str)
def test_production_asks_clients_for_tokens_unless_told_otherwise(way: dict[str, str]) -> None:
    environ = {n: v for n, v in PRODUCTION.items() if n != "CDS_CLIENT_AUTHENTICATION"} | way
    with pytest.raises(SettingsError, match=r"CDS_CLIENTS.*trusted-proxy"):
        read_settings(environ)
    assert read_settings(environ | {"CDS_CLIENTS": "x"}).client_authentication == "jwt"


def test_further_addresses_of_the_service_are_addresses() -> None:
    environ = {"CDS_OTHER_BASE_URLS": "https://a.example/, https://b.example/cds"}
    settings = read_settings(environ)
    assert settings.other_base_urls == {"https://a.example", "https://b.example/cds"}
    with pytest.raises(SettingsError, match="CDS_OTHER_BASE_URLS"):
        read_settings({"CDS_OTHER_BASE_URLS": "https://a.example b"})


@pytest.mark.parametrize(("environ", "rate"), [({}, 200), ({"CDS_CLIENT_RATE": "5"}, 5)], ids=str)
@pytest.mark.parametrize("unset", [{}, {"CDS_CLIENT_RATE": ""}], ids=["absent", "empty"])
def test_production_bounds_what_a_client_sends(
    environ: dict[str, str], rate: int, unset: dict[str, str]
) -> None:
    assert read_settings(PRODUCTION | unset | environ).client_rate == rate


@pytest.mark.parametrize(("environ", "way"), [({}, "lean"), ({"CDS_PREFETCH": "full"}, "full")])
def test_production_asks_for_the_lean_prefetch_unless_told_otherwise(
    environ: dict[str, str], way: str
) -> None:
    assert read_settings(PRODUCTION | environ).prefetch == way
    assert read_settings({}).prefetch == "full"


def test_production_wants_https() -> None:
    with pytest.raises(SettingsError, match="https"):
        read_settings(PRODUCTION | {"CDS_PUBLIC_BASE_URL": "http://cds.example.org"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_ENV", "prod"),
        ("CDS_ENV", ""),
        ("CDS_PORT", "0"),
        ("CDS_PORT", "-1"),
        ("CDS_PORT", "x"),
        ("CDS_PORT", "８０８０"),
        ("CDS_PORT", "65536"),
        ("CDS_WORKERS", "0"),
        ("CDS_PREFETCH", "small"),
        ("CDS_WORKERS", "1000000"),
        ("CDS_CARDS_DIR", "/nonexistent"),
        ("CDS_SITE_DIR", "/dev/null"),
        ("CDS_SITE_DIR", "a" * 5000),
        ("CDS_MAX_BODY_BYTES", "1.5"),
        ("CDS_MAX_BODY_BYTES", ""),
        ("CDS_TIME_ZONE", "Mars/Base"),
        ("CDS_TIME_ZONE", ""),
        ("CDS_TIME_ZONE", "/etc/localtime"),
        ("CDS_CARD_STATUSES", "retired"),
        ("CDS_CARD_STATUSES", " , "),
        ("CDS_PUBLIC_BASE_URL", "cds.example.org"),
        ("CDS_PUBLIC_BASE_URL", "ftp://cds.example.org"),
        ("CDS_PUBLIC_BASE_URL", "https://"),
        ("CDS_PUBLIC_BASE_URL", "https://cds.example.org/?a=b"),
    ],
)
def test_a_value_that_is_none_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_PORT", "99999"),
        ("CDS_PORT", "9" * 5000),
        ("CDS_TIME_ZONE", "Europe"),
        ("CDS_PUBLIC_BASE_URL", "http://["),
        ("CDS_PUBLIC_BASE_URL", "https://cds.example.org:99999"),
        ("CDS_PUBLIC_BASE_URL", "https://user:secret@cds.example.org"),
        ("CDS_PUBLIC_BASE_URL", "https://cds example"),
        ("CDS_CORS_ORIGINS", "https://sandbox.example.org/"),
        ("CDS_CORS_ORIGINS", "https://Sandbox.example.org"),
        ("CDS_CORS_ORIGINS", "https://a.example, sandbox.example.org"),
        ("CDS_CORS_ORIGINS", "https://*.example.org"),
        ("CDS_CORS_ORIGINS", "null"),
        ("CDS_TLS_CERTIFICATE", "/nowhere.pem"),
        ("CDS_TLS_CERTIFICATE", __file__),
        ("CDS_TLS_KEY", __file__),
        ("CDS_PORT_FILE", "/nowhere"),
        ("CDS_PORT_FILE", "/"),
    ],
    ids=lambda value: value[:40],
)
def test_a_value_that_cannot_work_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


@pytest.mark.parametrize(
    ("environ", "member", "value"),
    [
        ({"CDS_PORT": "9000"}, "public_base_url", "http://127.0.0.1:9000"),
        (
            {"CDS_PUBLIC_BASE_URL": "https://x.example/cds/"},
            "public_base_url",
            "https://x.example/cds",
        ),
        ({"CDS_CORS_ORIGINS": "https://a, https://b"}, "cors_origins", {"https://a", "https://b"}),
        ({"CDS_CORS_ORIGINS": ""}, "cors_origins", frozenset()),
        ({"CDS_CARD_STATUSES": "active,draft"}, "card_statuses", {"active", "draft"}),
    ],
)
def test_a_variable_sets_its_member(environ: dict[str, str], member: str, value: object) -> None:
    assert getattr(read_settings(environ), member) == value


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("9000\n")
    assert read_settings({"CDS_PORT_FILE": str(tmp_path / "secret")}).port == 9000


def test_a_value_in_a_file_wins_over_the_one_that_an_image_sets(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("9000")
    environ = {"CDS_PORT": "8080", "CDS_PORT_FILE": str(tmp_path / "secret")}
    assert read_settings(environ).port == 9000


def test_a_certificate_and_its_key_go_together() -> None:
    settings = read_settings({"CDS_TLS_CERTIFICATE": __file__, "CDS_TLS_KEY": __file__})
    assert settings.tls_certificate == settings.tls_key == Path(__file__)
