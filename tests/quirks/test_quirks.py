"""Every quirk against our own service as a process; the runner against services of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cds_hooks_quirks import run
from cds_hooks_quirks.cases import SHIPPED, BrokenCase, Quirk, load_quirks
from cds_hooks_quirks.run import Result, run_quirks, totals
from tests.commands import free_port, served
from tests.quirks.foreign import BAD_MANNERS, Play, foreign_service, naive

pytestmark = pytest.mark.enable_socket

QUIRKS = {quirk.id: quirk for quirk in load_quirks()}
# Of the invented patients, users and servers; none of it may be in a log.
SECRETS = ("quirk-1", "Quirk0", "1971-03-09", "zz-another-9", "zz-employee-9", "quirk-secret-token")
ORDINARY = QUIRKS["Q15-unknown-members"]


def impatient(quirk: Quirk) -> Quirk:
    """Return a case that waits for one second only."""
    return replace(quirk, expect=replace(quirk.expect, seconds=1.0))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where our service logs."""
    return tmp_path_factory.mktemp("quirks") / "log"


@pytest.fixture(scope="module")
def address(log: Path) -> Iterator[str]:
    """The address of our service as it runs in deployment."""
    with served(log) as (_, url):
        yield url


@pytest.fixture(scope="module")
def of_naive() -> dict[str, Result]:
    """What became of every case at a naive service of somebody else."""
    with foreign_service(naive) as url:
        return {result.id: result for result in run_quirks(url, map(impatient, QUIRKS.values()))}


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_our_service_answers_as_the_quirk_wants(quirk: Quirk, address: str) -> None:
    assert [str(r) for r in run_quirks(address, [quirk]) if r.outcome != "passed"] == []


def test_no_quirk_leaves_a_patient_a_user_or_a_token_in_the_log(address: str, log: Path) -> None:
    assert {result.outcome for result in run_quirks(address, QUIRKS.values())} >= {"passed"}
    text = log.read_text(encoding="utf-8")
    assert "/cds-services" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_service_is_judged_on_its_own_content_only_under_its_own_id() -> None:
    with foreign_service(naive) as url:
        assert [r.outcome for r in run_quirks(url, [ORDINARY])] == ["passed"]
        own = replace(ORDINARY.expect_here, service="naive-patient-view")
        (result,) = run_quirks(url, [replace(ORDINARY, expect_here=own)])
    assert result.outcome == "failed"
    assert "cards.*.source.topic.code to be review-interval, weight-bearing" in result.expected


@pytest.mark.parametrize(
    ("name", "outcome", "came"),
    [
        ("Q01-no-prefetch", "failed", "HTTP 500"),
        ("Q07-old-wrapper", "failed", "HTTP 500"),
        ("Q08-unknown-keys", "failed", "HTTP 200"),
        ("Q11-content-type-fhir-json", "failed", "HTTP 415"),
        ("Q12-byte-order-mark", "failed", "HTTP 500"),
        ("Q16-extension-dotted-keys", "failed", "no answer: ReadTimeout"),
        ("Q18-discovery-slash", "failed", "HTTP 404"),
        ("Q19-other-hook", "failed", "HTTP 200"),
        ("Q21-no-selections", "passed", ""),
        ("Q26-order-sign-all-count", "not applicable", "no service for order-sign"),
        ("Q70-html-from-input", "failed", "HTTP 200"),
    ],
)
def test_a_naive_service_is_told_what_it_breaks(
    name: str, outcome: str, came: str, of_naive: dict[str, Result]
) -> None:
    assert of_naive[name].outcome == outcome
    assert of_naive[name].came.startswith(came)


def test_a_naive_service_gets_a_result_for_every_case(of_naive: dict[str, Result]) -> None:
    assert set(of_naive) == set(QUIRKS)
    assert "failed, 0 skipped" in totals(of_naive.values())


@pytest.mark.parametrize("play", [pytest.param(BAD_MANNERS[name], id=name) for name in BAD_MANNERS])
def test_bad_manners_fail_the_case_and_not_the_runner(play: Play) -> None:
    with foreign_service(play) as url:
        (result,) = run_quirks(url, [impatient(ORDINARY)])
    assert result.outcome == "failed"
    assert result.expected
    assert result.came
    assert "\x1b" not in str(result)


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:{port}", "no address", "http://[", "ftp://127.0.0.1", ""]
)
def test_without_discovery_nothing_is_applicable_and_the_run_fails(base: str) -> None:
    first, second = run_quirks(base.format(port=free_port()), [ORDINARY])
    assert (first.id, first.outcome) == ("discovery", "failed")
    assert second.outcome == "not applicable"


def test_a_service_elsewhere_is_not_sent_a_fhir_server_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "is_on_this_machine", lambda _: False)
    with foreign_service(naive) as url:
        (result,) = run_quirks(url, [QUIRKS["Q50-with-slash"]])
    assert result.outcome == "skipped"


@pytest.mark.parametrize(
    ("text", "words"),
    [("id: [", "not a quirk case"), ("id: Q00", "not a quirk case"), (None, "named after")],
)
def test_a_broken_case_is_named(text: str | None, words: str, tmp_path: Path) -> None:
    whole = (SHIPPED / f"{ORDINARY.id}.yaml").read_text(encoding="utf-8")
    (tmp_path / "Q00-other.yaml").write_text(text or whole, encoding="utf-8")
    with pytest.raises(BrokenCase, match=words):
        load_quirks(tmp_path)


def test_a_folder_without_cases_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenCase, match="no quirk case"):
        load_quirks(tmp_path)


def test_every_quirk_of_the_five_groups_has_a_case_or_a_reason() -> None:
    told = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    numbers = [f"Q{n:02}" for n in (*range(1, 57), *range(65, 80))]
    covered = {name[:3] for name in QUIRKS}
    assert [n for n in numbers if n not in covered and f"**{n}**" not in told] == []
    assert covered <= {*numbers, "Q59", "Q87"}


def test_no_case_leaves_out_what_makes_it_readable() -> None:
    assert [q.id for q in QUIRKS.values() if not q.title.endswith(".") or len(q.why) < 15] == []
    assert [q.id for q in QUIRKS.values() if q.expect.service or not q.expect_here] == []
