"""The commands for the people who connect an EHR."""

import time
from pathlib import Path

import pytest
import yaml

from tests.commands import Finished
from tests.commands import run as run_here
from tests.trust.signing import clients_file, es384, good_claims, good_header, token

BASE = "https://cds.example.org"
NEW = ("--name", "New", "--iss", "https://new.example/oauth2", "--jku", "https://new.example/jwks")


def run(*arguments: str, text: str = "", **variables: str) -> Finished:
    """Run a command at the public address of the tests."""
    return run_here(*arguments, text=text, CDS_PUBLIC_BASE_URL=BASE, **variables)


def checks(output: str) -> dict[str, str]:
    """Return the checks of an explanation: pass or FAIL by name."""
    lines = (line.split() for line in output.splitlines()[1:])
    return {line[1]: line[0] for line in lines}


def now() -> int:
    """Return this second."""
    return int(time.time())


@pytest.mark.parametrize("before", ["", "Bearer ", "  bearer  "])
def test_a_good_token_passes_every_check(before: str, tmp_path: Path) -> None:
    claims = good_claims("a", f"{BASE}/cds-services/onfh-order-sign", now())
    result = run(
        "jwt",
        "check-token",
        text=before + token(claims=claims),
        CDS_CLIENTS=str(clients_file(tmp_path)),
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Taken as a token for onfh-order-sign.")
    assert set(checks(result.stdout).values()) == {"pass"}


def test_all_that_is_wrong_is_told_at_once_with_what_was_expected(tmp_path: Path) -> None:
    claims = good_claims("", "sand_man", now() - 7200)
    file = tmp_path / "token"
    file.write_text(
        token({**good_header(), "typ": "x\x1b[2J"}, claims, lambda c: es384(c, "stranger"))
    )
    result = run("jwt", "check-token", str(file), CDS_CLIENTS=str(clients_file(tmp_path)))
    assert result.returncode == 1
    failed = {name for name, word in checks(result.stdout).items() if word == "FAIL"}
    assert failed == {"typ", "aud", "iat", "exp", "jti", "signature"}
    assert f"the token says 'sand_man'; expected {BASE}/cds-services)" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_token_that_lives_too_long_is_told_from_when_to_when(tmp_path: Path) -> None:
    claims = good_claims("a", f"{BASE}/cds-services/onfh-order-sign", now())
    claims["exp"] = claims["iat"] + 7200
    clients = str(clients_file(tmp_path))
    result = run("jwt", "check-token", text=token(claims=claims), CDS_CLIENTS=clients)
    assert checks(result.stdout)["lifetime"] == "FAIL"
    assert f"(the token says [{claims['iat']}, {claims['exp']}])" in result.stdout


@pytest.mark.parametrize(
    ("claims", "name", "words"),
    [
        ({"iss": "https://nobody.example"}, "issuer", "register a client"),
        ({"iss": "https://many.example", "tenant": "x"}, "tenant", "add the token's `tenant`"),
    ],
)
def test_a_token_of_nobody_says_whom_to_register(
    claims: dict[str, str], name: str, words: str, tmp_path: Path
) -> None:
    many = {
        "name": "m",
        "iss": "https://many.example",
        "jku": "https://x.example",
        "tenants": ["a"],
    }
    text = token(claims=good_claims(now=now()) | claims)
    result = run("jwt", "check-token", text=text, CDS_CLIENTS=str(clients_file(tmp_path, many)))
    assert result.returncode == 1
    assert checks(result.stdout)[name] == "FAIL"
    assert words in result.stdout


def test_what_is_no_token_is_said_to_be_none(tmp_path: Path) -> None:
    result = run("jwt", "check-token", text="x.y", CDS_CLIENTS=str(clients_file(tmp_path)))
    assert result.returncode == 1
    assert checks(result.stdout) == {"form": "FAIL"}


def test_a_file_that_is_no_text_is_no_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xff\xfe\x00")
    result = run("jwt", "check-token", str(file), CDS_CLIENTS=str(clients_file(tmp_path)))
    assert (result.returncode, checks(result.stdout)) == (1, {"form": "FAIL"})


@pytest.mark.parametrize(
    ("ehr", "page"),
    [("epic", "docs/connect-epic.md"), ("oracle", "docs/connect-oracle.md"), ("generic", "")],
)
def test_a_new_client_is_written_and_its_sheet_printed(ehr: str, page: str, tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    fhir = ("--fhir", "https://new.example/r4", "--network", "10.0.0.0/8")
    result = run("client", "add", *NEW, "--ehr", ehr, "--tenant", "a", *fhir, CDS_CLIENTS=str(path))
    assert (result.returncode, result.stderr) == (0, "")
    (written,) = yaml.safe_load(path.read_text())["clients"]
    assert written == {
        "name": "New",
        "ehr": ehr,
        "iss": "https://new.example/oauth2",
        "jku": "https://new.example/jwks",
        "tenants": ["a"],
        "fhirServers": [{"base": "https://new.example/r4", "networks": ["10.0.0.0/8"]}],
    }
    for words in (
        "https://cds.example.org/cds-services/onfh-order-sign",
        "conditions: Condition?patient={{context.patientId}}",
        "patient/ImagingStudy.read",
        "hook order-select",
        page,
    ):
        assert words in result.stdout


def test_a_client_is_added_behind_the_others_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text("# ours\nclients:\n  - name: Old # the first\n")
    assert run("client", "add", *NEW, CDS_CLIENTS=str(path)).returncode == 0
    assert path.read_text().startswith(
        "# ours\nclients:\n  - name: Old # the first\n  - name: New\n"
    )


@pytest.mark.parametrize(
    ("before", "more", "words"),
    [
        ("clients:\n  - name: New\n", (), "client `New` stands here twice"),
        ("clients: []\n", (), "not valid YAML"),
        ("clients:\n  - nom: x\n", (), "`nom` is not a word"),
        ("clients:\n  - name: Old\n", ("--jku", "new.example"), "not a plain http"),
        ("clients:\n  - name: Old\n", ("--fhir", "https://x.example"), "--network"),
        ("clients:\n  - name: Old\n", ("--name", "a: b\n  - c"), ""),
    ],
)
def test_what_would_not_load_is_not_written(
    before: str, more: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(before)
    result = run("client", "add", *NEW, *more, CDS_CLIENTS=str(path))
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert (path.read_text() == before) == bool(result.returncode)
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_clients_file_nothing_is_added() -> None:
    result = run("client", "add", *NEW)
    assert result.returncode == 1
    assert "CDS_CLIENTS" in result.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run("client", "add", *NEW, CDS_CLIENTS=str(tmp_path / "absent" / "clients.yaml"))
    assert result.returncode == 1
    assert "cannot be written" in result.stderr
