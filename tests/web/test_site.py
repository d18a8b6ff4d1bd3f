"""A hospital's own folder and sign-offs, end to end: the real command and the real server."""

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import requests

from cds_service.app import make_app
from cds_service.content.knowledge import load_knowledge
from cds_service.settings import read_settings
from tests.commands import (
    COMMAND,
    ORDER_SELECT,
    SERVICE,
    exit_code,
    free_port,
    run,
    served,
)
from tests.conftest import CARDS, ROOT

EXAMPLE = ROOT / "docs" / "example-site"
LANGUAGE = "zh"
OWN_WORDS = "本院：避免不必要的负重，由主管医师决定。"
SUMMARY = re.compile(r"^\{\{ hip \}\}.*$", re.MULTILINE)
SURGEON = ("--as", "A. Surgeon", "--role", "surgeon")
PRODUCTION = {
    "CDS_ENV": "production",
    "CDS_PUBLIC_BASE_URL": "https://cds.example.org",
    "CDS_CLIENT_AUTHENTICATION": "trusted-proxy",
    "CDS_CARD_STATUSES": "active",
}
Edit = Callable[[str], str]


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """Our content."""
    return Path(shutil.copytree(CARDS, tmp_path / "cards"))


@pytest.fixture
def hospital(tmp_path: Path, cards: Path) -> Path:
    """The example of a site's folder, with a card's own words in Chinese and the cases of them."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "hospital"))
    ours = (cards / "weight-bearing" / f"card.{LANGUAGE}.md").read_text(encoding="utf-8")
    start, rest = ours.split("# Detail\n")
    text = f"{SUMMARY.sub(OWN_WORDS, start)}# Detail\n{rest}"
    (folder / "weight-bearing" / "cases").mkdir(parents=True)
    (folder / "weight-bearing" / f"card.{LANGUAGE}.md").write_text(text, encoding="utf-8")
    proved = (cards / "weight-bearing" / "cases" / "cases.yaml").read_text(encoding="utf-8")
    given, *cases = proved.split("  - name: ")
    own = [re.sub(r'zh: ".*"', f'zh: "{OWN_WORDS}"', case) for case in cases if "zh: " in case]
    text = "  - name: ".join([given, *own])
    (folder / "weight-bearing" / "cases" / "own.yaml").write_text(text, encoding="utf-8")
    return folder


def request_with_local_code(last: str) -> bytes:
    """Return a call for a patient with the hospital's own code and one film of the left hip."""
    conditions = [
        {
            "resourceType": "Condition",
            "id": "invented",
            "subject": {"reference": "Patient/invented"},
            "code": {"coding": [{"system": "https://hospital.example/codes", "code": "ORT-0815"}]},
            "onsetDateTime": last,
        }
    ]
    study = {
        "resourceType": "ImagingStudy",
        "id": "invented-film",
        "status": "available",
        "subject": {"reference": "Patient/invented"},
        "started": last,
        "series": [
            {
                "uid": "1.2.3",
                "modality": {
                    "system": "http://dicom.nema.org/resources/ontology/DCM",
                    "code": "DX",
                },
                "bodySite": {"system": "http://snomed.info/sct", "code": "24136001"},
            }
        ],
    }
    patient = {"resourceType": "Patient", "id": "invented", "birthDate": "1970-01-01"}
    call = json.loads(ORDER_SELECT.read_bytes())
    call["context"]["patientId"] = "invented"
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": []}
    call["context"]["selections"] = []
    call["prefetch"] = {
        "patient": patient,
        "conditions": _bundle(conditions),
        "imagingStudies": _bundle([study]),
        "procedures": _bundle([]),
    }
    return json.dumps(call).encode()


def _bundle(resources: list[dict[str, object]]) -> dict[str, object]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


@pytest.mark.enable_socket
def test_a_local_code_an_interval_and_own_words_work_without_a_change_of_ours(
    cards: Path, hospital: Path, tmp_path: Path
) -> None:
    variables = {
        "CDS_CARDS_DIR": str(cards),
        "CDS_SITE_DIR": str(hospital),
        "CDS_LANGUAGE": LANGUAGE,
    }
    checked = run("check", **variables)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "With the folder of Example General Hospital" in checked.stdout
    with served(tmp_path / "log", **variables) as (_, url):
        body = request_with_local_code("2026-10-01")
        answer = requests.post(f"{url}{SERVICE}", data=body, timeout=5)
        start = requests.get(url, timeout=5).text
    by_topic = {card["source"]["topic"]["code"]: card for card in answer.json()["cards"]}
    assert by_topic["weight-bearing"]["summary"] == OWN_WORDS
    detail = by_topic["review-interval"]["detail"]
    assert "4个月" in detail
    assert "Example General Hospital规定为4个月，取代本服务的3个月。" in detail
    assert "2027年2月1日" in by_topic["review-interval"]["summary"]
    assert "Example General Hospital (responsible: Invented Chief, orthopaedics)" in start
    digest = load_knowledge(cards, hospital).digest
    assert digest in start
    logged = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()[2:]]
    assert {line["knowledge"] for line in logged} == {digest[:12]}


@pytest.mark.enable_socket
@pytest.mark.parametrize("command", [["serve"], ["check"], ["try", str(ORDER_SELECT)]], ids=str)
def test_a_broken_site_stops_every_command_with_its_own_file_and_line(
    command: list[str], cards: Path, hospital: Path
) -> None:
    parameters = hospital / "parameters.yaml"
    parameters.write_text(parameters.read_text().replace("P4M", "4M"), encoding="utf-8")
    variables = {"CDS_CARDS_DIR": str(cards), "CDS_SITE_DIR": str(hospital)}
    result = run(*command, CDS_PORT=str(free_port()), **variables)
    assert result.returncode != 0
    assert "cds-service: hospital/parameters.yaml:4: `4M` is not a value" in result.stderr
    assert "Traceback" not in result.stderr


def labels_in_production(content: dict[str, str]) -> dict[str, str]:
    """Return the cards of an answer in production, and the label of each."""
    settings = read_settings(PRODUCTION | content)
    client = make_app(settings, load_knowledge(Path(content["CDS_CARDS_DIR"]))).test_client()
    response = client.post(
        SERVICE, data=ORDER_SELECT.read_bytes(), base_url=PRODUCTION["CDS_PUBLIC_BASE_URL"]
    )
    sources = [card["source"] for card in response.get_json()["cards"]]
    return {source["topic"]["code"]: source["label"] for source in sources}


@pytest.mark.enable_socket
def test_an_approved_card_is_shown_in_production_until_an_edit_makes_it_a_draft(
    tmp_path: Path,
) -> None:
    cards = Path(shutil.copytree(CARDS, tmp_path / "cards"))
    content = {"CDS_CARDS_DIR": str(cards)}
    for card in ("weight-bearing", "review-interval"):
        signed = run("approve", card, *SURGEON, "--yes", **content)
        assert (signed.returncode, signed.stderr) == (0, "")
        assert signed.stdout.endswith(
            f"\n{card} 0.1.0 is active, signed by A. Surgeon (surgeon).\n"
        )
    assert ["DRAFT" in label for label in labels_in_production(content).values()] == [False] * 2

    films = cards / "actions" / "hip-films.yaml"
    films.write_text(films.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    assert list(labels_in_production(content)) == ["weight-bearing"]
    said = run("serve", **PRODUCTION, **content, CDS_PORT=str(free_port())).stdout
    assert "Not shown: review-interval 0.1.0, because it is draft" in said
    assert "the sign-off by A. Surgeon (surgeon)" in said
    assert "no longer holds; changed since: actions." in said


def test_production_with_nothing_but_lapsed_cards_does_not_start(tmp_path: Path) -> None:
    cards = Path(shutil.copytree(CARDS, tmp_path / "cards"))
    content = {"CDS_CARDS_DIR": str(cards)}
    run("approve", "weight-bearing", *SURGEON, "--yes", **content)
    words = cards / "words.en.yaml"
    words.write_text(words.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    result = run("serve", **PRODUCTION, **content)
    assert result.returncode != 0
    assert "without any card" in result.stderr
    assert "no longer holds; changed since: words." in result.stderr


def test_a_sign_off_that_is_refused_says_why_without_a_traceback() -> None:
    result = run("approve", "own-card", *SURGEON, "--cards", str(CARDS), "--yes")
    assert result.returncode != 0
    assert result.stderr.startswith("cds-service: There is no card `own-card`, only: ")


@pytest.mark.parametrize("command", [["approve", "bone-drug", *SURGEON], ["withdraw", "bone-drug"]])
def test_without_a_named_folder_nothing_is_signed_or_withdrawn(command: list[str]) -> None:
    result = run(*command, "--yes", CDS_CARDS_DIR="")
    assert result.returncode != 0
    assert result.stderr.startswith("cds-service: Say whose cards: --cards DIR or CDS_CARDS_DIR")


def test_a_command_that_can_ask_nobody_shows_what_it_would_sign_and_signs_nothing(
    cards: Path,
) -> None:
    before = (cards / "approvals.yaml").read_bytes()
    result = run("approve", "bone-drug", *SURGEON, "--cards", str(cards))
    assert (result.returncode, "Digest over all parts: " in result.stdout) == (1, True)
    assert result.stderr.startswith("cds-service: Nothing was changed: nobody is here to be asked")
    run("approve", "bone-drug", *SURGEON, "--cards", str(cards), "--yes")
    signed = (cards / "approvals.yaml").read_bytes()
    result = run("withdraw", "bone-drug", "--cards", str(cards))
    assert result.returncode == 1
    assert result.stderr.startswith("cds-service: Nothing was changed: nobody is here to be asked")
    assert before != signed == (cards / "approvals.yaml").read_bytes()


def answer(word: str, *arguments: str) -> tuple[int, str]:
    """Run a command at a terminal where somebody answers its question."""
    theirs, ours = os.openpty()
    said = io.StringIO()
    with os.fdopen(theirs, "w") as reviewer, os.fdopen(ours) as terminal:
        print(word, file=reviewer, flush=True)
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
            patch.setattr(sys, "stdin", terminal)
            patch.setattr(sys, "argv", [COMMAND, *arguments])
            code = exit_code()
    return code, said.getvalue()


def test_a_reviewer_is_asked_before_a_card_is_signed_and_before_it_is_withdrawn(
    cards: Path,
) -> None:
    unsigned = (cards / "approvals.yaml").read_bytes()
    approve = ("approve", "bone-drug", *SURGEON, "--cards", str(cards))
    code, said = answer("n", *approve)
    assert (code, (cards / "approvals.yaml").read_bytes()) == (1, unsigned)
    assert said.index("Digest over all parts") < said.index(
        "Sign bone-drug 0.1.0 as A. Surgeon (surgeon)? [y/N]"
    )
    code, said = answer("y", *approve)
    assert (code, said.rpartition("[y/N]: ")[2]) == (
        0,
        "bone-drug 0.1.0 is active, signed by A. Surgeon (surgeon).\n",
    )
    code, said = answer("y", "withdraw", "bone-drug", "--cards", str(cards))
    assert "Withdraw the sign-off of bone-drug by A. Surgeon (surgeon) of 2" in said
    assert (code, (cards / "approvals.yaml").read_bytes()) == (0, unsigned)
