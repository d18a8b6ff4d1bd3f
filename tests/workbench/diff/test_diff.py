"""A change of the content is seen in the answers to captured requests, and nothing else is."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from cds_service.answer import Deployment
from cds_service.app import make_deployment
from cds_service.cli import main
from cds_service.content.knowledge import load_knowledge, load_sum
from cds_service.core.knowledge import Knowledge
from cds_service.errors import UnreadableRequest
from cds_service.settings import Settings
from cds_service.workbench.diff import NO_CALLS, compare_deployments, read_requests
from cds_service.workbench.replay import NoFetcher, replay
from tests.conftest import CARDS, ROOT, TODAY
from tests.content.language import leave_out_translations
from tests.fhir.builders import hook_request

GOLDEN = ROOT / "tests" / "golden"
SITE = ROOT / "docs" / "example-site"
NOT_DUE = "library-r4-order-select-onfh"
LEFT_HIP = "synthea-01-icd10cm-left"
BOTH_HIPS = "synthea-04-both-hips"
UNREADABLE_IMAGING = "synthea-11-imaging-unreadable"
SILENT = "library-r4-order-select-without-onfh"


@pytest.fixture
def shipped(knowledge: Knowledge) -> Deployment:
    """The shipped content as development shows it."""
    return deployment_of(knowledge)


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """A folder for captured requests."""
    folder = tmp_path / "requests"
    folder.mkdir()
    return folder


def deployment_of(knowledge: Knowledge) -> Deployment:
    """Return a deployment with the defaults of development."""
    return make_deployment(Settings(), knowledge)


def changed(tmp_path: Path, file: str, old: str, new: str) -> Deployment:
    """Return the shipped content with one text replaced everywhere in a file."""
    root = Path(shutil.copytree(CARDS, tmp_path / "changed"))
    leave_out_translations(root)
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
    return deployment_of(load_knowledge(root))


def take(folder: Path, *names: str) -> None:
    """Copy golden requests, with the answers beside them, into a folder."""
    for name in names:
        for path in GOLDEN.glob(f"{name}.*.json"):
            shutil.copy(path, folder)


def report(folder: Path, old: Deployment, new: Deployment) -> list[str]:
    """Return the lines of the report, which says whether anything differs."""
    words, differs = compare_deployments(read_requests(folder), (old, new), TODAY)
    assert differs == ("0 answers differ" not in words)
    return [line.strip() for line in words.splitlines()]


def test_the_same_content_answers_every_golden_request_alike(shipped: Deployment) -> None:
    again = deployment_of(load_sum(CARDS, None))  # loaded anew
    words, differs = compare_deployments(read_requests(GOLDEN), (shipped, again), TODAY)
    assert re.fullmatch(r"\d+ requests, 0 answers differ\.", words)
    assert not differs


def test_a_new_interval_shows_as_another_summary_and_detail(
    shipped: Deployment, requests: Path, tmp_path: Path
) -> None:
    take(requests, NOT_DUE, SILENT)
    new = changed(tmp_path, "schedules/femoral-head-review.yaml", "value: P3M", "value: P4M")
    lines = report(requests, shipped, new)
    assert lines[-1] == "2 requests, 1 answers differ."
    assert "reads differently: review-interval (left)" in lines
    assert "-Left hip: next imaging due about 14 January 2027." in lines
    assert "+Left hip: next imaging due about 14 February 2027." in lines
    assert any(line.startswith("-- **Last imaged:**") and "3 months" in line for line in lines)
    assert not any("weight-bearing" in line for line in lines)


def test_another_indicator_is_named(shipped: Deployment, requests: Path, tmp_path: Path) -> None:
    take(requests, BOTH_HIPS)
    file = "review-interval/card.md"
    new = changed(tmp_path, file, "overdue: warning", "overdue: critical")
    lines = report(requests, shipped, new)
    assert "indicator: warning -> critical" in lines
    assert "reads differently: review-interval (right)" in lines
    assert "reads differently: review-interval (left)" not in lines


def test_a_card_that_no_service_shows_any_more_disappears_and_comes_back(
    shipped: Deployment, requests: Path
) -> None:
    take(requests, NOT_DUE)
    services = shipped.knowledge.services
    less = {
        name: structs.replace(service, cards=("review-interval",))
        for name, service in services.items()
    }
    new = replace(shipped, knowledge=replace(shipped.knowledge, services=less))
    gone = report(requests, shipped, new)
    came = report(requests, new, shipped)
    assert any(line.startswith("disappears: weight-bearing (left), info: ") for line in gone)
    assert any(line.startswith("appears: weight-bearing (left), info: ") for line in came)


def test_a_raised_version_alone_changes_nothing(
    shipped: Deployment, requests: Path, tmp_path: Path
) -> None:
    take(requests, NOT_DUE)
    new = changed(tmp_path, "weight-bearing/card.md", "version: 0.1.0", "version: 0.2.0")
    assert report(requests, shipped, new) == ["1 requests, 0 answers differ."]


def test_a_title_a_source_and_a_link_count_as_well(
    shipped: Deployment, requests: Path, tmp_path: Path
) -> None:
    take(requests, NOT_DUE)
    file = "weight-bearing/card.md"
    title = report(requests, shipped, changed(tmp_path / "1", file, "title: Weight b", "title: B"))
    assert "-Weight bearing" in title
    linked = changed(tmp_path / "2", file, "links: []", "links: [chen-2022]")
    assert "links:" in report(requests, shipped, linked)


def test_other_priorities_show_as_another_order(
    shipped: Deployment, requests: Path, tmp_path: Path
) -> None:
    take(requests, NOT_DUE)
    new = changed(tmp_path, "weight-bearing/card.md", "priority: 1", "priority: 9")
    assert "in another order: review-interval (left), weight-bearing (left)" in report(
        requests, shipped, new
    )


def test_a_drafted_order_that_changes_is_told_without_its_content(
    shipped: Deployment, requests: Path, tmp_path: Path
) -> None:
    take(requests, LEFT_HIP)
    new = changed(tmp_path, "actions/physiotherapy.yaml", "intent: order", "intent: plan")
    lines = report(requests, shipped, new)
    assert "suggestions: what they draft differs" in lines
    assert "Patient/" not in "\n".join(lines)


def test_a_card_that_becomes_a_refusal_is_compared(shipped: Deployment, requests: Path) -> None:
    body = {**hook_request(), "prefetch": {}}
    (requests / "bare.json").write_text(json.dumps(body), encoding="utf-8")
    assert report(requests, shipped, shipped) == ["1 requests, 0 answers differ."]
    services = {
        name: structs.replace(service, hook="order-sign")
        for name, service in shipped.knowledge.services.items()
    }
    new = replace(shipped, knowledge=replace(shipped.knowledge, services=services))
    lines = report(requests, shipped, new)
    assert "status: 412 -> 400" in lines
    assert any(line.startswith("-required: Condition") for line in lines)


def test_a_fault_of_one_content_is_a_500_like_in_the_service(
    shipped: Deployment, requests: Path
) -> None:
    take(requests, NOT_DUE)
    broken = replace(shipped, language="zz")
    lines = report(requests, broken, shipped)
    assert "status: 500 -> 200" in lines


def test_no_fhir_server_is_called(shipped: Deployment, requests: Path) -> None:
    body = {**hook_request(), "prefetch": {}, "fhirServer": "http://127.0.0.1:1/r4"}
    (requests / "asks.json").write_text(json.dumps(body), encoding="utf-8")
    (captured,) = read_requests(requests)
    fetcher = NoFetcher(NO_CALLS)
    said = replay("onfh-patient-view", captured.body, replace(shipped, fetcher=fetcher), TODAY)
    assert said.status == 412
    assert "calls no FHIR server" in said.problems[0]
    assert fetcher.asked["Condition"].startswith("http://127.0.0.1:1/r4/Condition?")
    assert "0 answers differ" in report(requests, shipped, shipped)[-1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ("{}", "no service answers the `hook`"),
        ('{"hook": "medication-prescribe"}', "no service answers the `hook`"),
    ],
)
def test_a_file_that_is_no_request_is_named(
    text: str, words: str, shipped: Deployment, requests: Path
) -> None:
    (requests / "odd.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableRequest, match=rf"odd\.json: .*{words}"):
        report(requests, shipped, shipped)


def test_a_request_that_may_not_be_read_is_named(shipped: Deployment, requests: Path) -> None:
    (requests / "folder.json").mkdir()
    with pytest.raises(UnreadableRequest, match=r"folder\.json: this file cannot be read"):
        report(requests, shipped, shipped)


def test_a_folder_without_requests_is_said_and_answers_beside_them_are_none(
    shipped: Deployment, requests: Path
) -> None:
    take(requests, NOT_DUE)
    (requests / f"{NOT_DUE}.request.json").unlink()
    with pytest.raises(UnreadableRequest, match="there is no request"):
        report(requests, shipped, shipped)


def command(old: Path, new: Path, requests: Path, *options: str) -> tuple[int, str]:
    """Run the command; return its exit code and everything that it printed."""
    arguments = ["diff", str(old), str(new), "--requests", str(requests), "--today", str(TODAY)]
    arguments += options
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_the_command_ends_with_0_where_nothing_differs(requests: Path) -> None:
    take(requests, NOT_DUE)
    assert command(CARDS, CARDS, requests) == (0, "1 requests, 0 answers differ.\n")


def test_the_command_ends_with_1_where_something_differs(requests: Path, tmp_path: Path) -> None:
    take(requests, NOT_DUE)
    changed(tmp_path, "schedules/femoral-head-review.yaml", "value: P3M", "value: P4M")
    code, words = command(CARDS, tmp_path / "changed", requests)
    assert code == 1
    assert f"{NOT_DUE}.request.json, onfh-order-select\n" in words


@pytest.mark.parametrize(("old", "new"), [("broken", "good"), ("good", "broken")])
def test_the_command_ends_with_2_and_names_the_folder_that_is_broken(
    old: str, new: str, requests: Path, tmp_path: Path
) -> None:
    take(requests, NOT_DUE)
    for name in ("good", "broken"):
        shutil.copytree(CARDS, tmp_path / name)
    (tmp_path / "broken" / "evidence.yaml").write_text("evidence: 1\n", encoding="utf-8")
    code, words = command(tmp_path / old, tmp_path / new, requests)
    assert code == 2
    assert f"{tmp_path / 'broken'}: evidence.yaml:1: " in words


@pytest.mark.parametrize(
    ("options", "variable", "due"),
    [
        ([], "", "14 January 2027"),
        (["--site", str(SITE)], "", "14 February 2027"),
        ([], str(SITE), "14 February 2027"),
    ],
)
def test_both_contents_are_read_with_the_hospitals_own_folder(
    options: list[str],
    variable: str,
    due: str,
    requests: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take(requests, NOT_DUE)
    changed(tmp_path, "review-interval/card.md", "next imaging due about", "not due until")
    monkeypatch.setenv("CDS_SITE_DIR", variable)
    code, words = command(CARDS, tmp_path / "changed", requests, *options)
    assert code == 1
    assert f"-Left hip: next imaging due about {due}." in words
    assert f"+Left hip: not due until {due}." in words


def test_the_command_ends_with_2_where_a_request_cannot_be_read(requests: Path) -> None:
    (requests / "odd.json").write_text("{", encoding="utf-8")
    code, words = command(CARDS, CARDS, requests)
    assert code == 2
    assert "odd.json: " in words


def test_the_command_ends_with_2_where_a_folder_is_not_there(requests: Path) -> None:
    assert command(CARDS, CARDS / "nowhere", requests)[0] == 2


def _marked(folder: Path, name: str) -> Iterator[str]:
    """Put marks into what a card never shows of a request; yield them."""
    path = folder / f"{name}.request.json"
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    patient = content["prefetch"]["patient"]
    patient["name"] = [{"family": "Canary-Family"}]
    patient["identifier"] = [{"value": "Canary-Number"}]
    content["context"]["userId"] = "Practitioner/canary-user"
    path.write_text(json.dumps(content), encoding="utf-8")
    yield from ("canary", patient["birthDate"], content["context"]["patientId"])


def test_of_the_patient_only_what_cards_say_is_printed(
    shipped: Deployment, requests: Path, tmp_path: Path
) -> None:
    take(requests, BOTH_HIPS)
    marks = list(_marked(requests, BOTH_HIPS))
    new = changed(tmp_path, "schedules/femoral-head-review.yaml", "value: P3M", "value: P4M")
    words = "\n".join(report(requests, shipped, new)).lower()
    assert "reads differently" in words
    assert [mark for mark in marks if mark.lower() in words] == []
