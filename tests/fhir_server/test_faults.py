"""A broken or hostile FHIR server costs the deadline at most; what it owes is named, never guessed.

The fixture sees to two more promises in every test: no thread stays behind, and the canary, where
redirects and links point to, is never called.
"""

import logging

import pytest

from cds_service.settings import DEFAULT_DEADLINE_SECONDS
from tests.fhir.builders import PATIENT_ID
from tests.fhir_server.bench import (
    DEADLINE_SECONDS,
    KEYS,
    LEEWAY_SECONDS,
    TOKEN,
    Bench,
    ask,
    busy_threads,
    fhir_threads,
    soon,
)
from tests.fhir_server.modes import GOOD_FIRST_PAGE, LATE, WHOLLY_BAD, hang
from tests.web.contract import cards_in, issues_in, summaries, words_in

pytestmark = pytest.mark.enable_socket

IN_TIME = DEADLINE_SECONDS + LEEWAY_SECONDS
UNCHECKED = "could not check when imaging is due"
CONDITIONS_PARTIAL = "The problem list could not be read completely."
# Where the queries before it failed at once, the last one may not be sent any more.
NOT_ASKED = "was not asked for: the FHIR server has not been answering"
SLOW = ("header drip", "body drip", "hang", "endless 100")


@pytest.mark.parametrize("mode", WHOLLY_BAD)
def test_without_conditions_the_answer_is_412_and_says_why(mode: str, bench: Bench) -> None:
    answer, why = WHOLLY_BAD[mode]
    asked = bench.ask({"Condition": answer}, ("Condition",), DEADLINE_SECONDS)
    assert asked.seconds < IN_TIME
    assert asked.response.status_code == 412
    (issue,) = issues_in(asked.response)
    assert issue["details"]["text"].startswith("Condition ")
    assert why in issue["details"]["text"]
    assert "`conditions`" in issue["details"]["text"]


@pytest.mark.parametrize("mode", WHOLLY_BAD)
def test_without_imaging_the_card_names_the_gap(mode: str, bench: Bench) -> None:
    answer, _ = WHOLLY_BAD[mode]
    asked = bench.ask({"ImagingStudy": answer}, ("ImagingStudy",), DEADLINE_SECONDS)
    assert asked.seconds < IN_TIME
    assert len(cards_in(asked.response)) == 2
    assert UNCHECKED in " ".join(summaries(asked.response))


@pytest.mark.parametrize("mode", WHOLLY_BAD)
def test_without_anything_the_answer_names_every_query_that_it_needed(
    mode: str, bench: Bench
) -> None:
    answer, why = WHOLLY_BAD[mode]
    asked = bench.ask(dict.fromkeys(KEYS, answer), tuple(KEYS), DEADLINE_SECONDS)
    assert asked.seconds < IN_TIME
    assert asked.response.status_code == 412
    words = [issue["details"]["text"] for issue in issues_in(asked.response)]
    assert {text.partition(" ")[0] for text in words} >= {"Condition", "Patient", "Procedure"}
    assert [text for text in words if why not in text and NOT_ASKED not in text] == []
    assert any(why in text for text in words)


@pytest.mark.parametrize("mode", GOOD_FIRST_PAGE)
def test_conditions_read_in_part_are_said_on_the_card(mode: str, bench: Bench) -> None:
    asked = bench.ask({"Condition": GOOD_FIRST_PAGE[mode]}, ("Condition",), DEADLINE_SECONDS)
    assert asked.seconds < IN_TIME
    assert [c.summary for c in cards_in(asked.response) if CONDITIONS_PARTIAL not in c.detail] == []


@pytest.mark.parametrize("mode", GOOD_FIRST_PAGE)
def test_imaging_read_in_part_is_never_called_overdue(mode: str, bench: Bench) -> None:
    asked = bench.ask({"ImagingStudy": GOOD_FIRST_PAGE[mode]}, ("ImagingStudy",), DEADLINE_SECONDS)
    assert asked.seconds < IN_TIME
    assert UNCHECKED in " ".join(summaries(asked.response))


@pytest.mark.parametrize("mode", GOOD_FIRST_PAGE)
def test_lists_read_in_part_are_all_said_on_the_card(mode: str, bench: Bench) -> None:
    asked = bench.ask(dict.fromkeys(KEYS, GOOD_FIRST_PAGE[mode]), tuple(KEYS), DEADLINE_SECONDS)
    assert asked.seconds < IN_TIME
    assert UNCHECKED in " ".join(summaries(asked.response))
    assert [c.summary for c in cards_in(asked.response) if CONDITIONS_PARTIAL not in c.detail] == []


def test_no_more_than_ten_pages_are_read(bench: Bench) -> None:
    mode = GOOD_FIRST_PAGE["endless paging"]
    asked = bench.ask({"Condition": mode}, ("Condition",), DEADLINE_SECONDS)
    assert len(asked.server.requests) == 10


@pytest.mark.parametrize("mode", SLOW)
def test_the_default_deadline_holds_as_well(mode: str, bench: Bench) -> None:
    answer, _ = WHOLLY_BAD[mode]
    asked = bench.ask(dict.fromkeys(KEYS, answer), tuple(KEYS), DEFAULT_DEADLINE_SECONDS)
    assert asked.seconds < DEFAULT_DEADLINE_SECONDS + LEEWAY_SECONDS
    assert asked.response.status_code == 412


@pytest.mark.parametrize("mode", ["401", "403", "404", "429", "500", "503", "reset"])
def test_a_failed_query_is_not_repeated(mode: str, bench: Bench) -> None:
    asked = bench.ask({"Condition": WHOLLY_BAD[mode][0]}, ("Condition",), DEADLINE_SECONDS)
    assert len(asked.server.requests) == 1


def test_thirty_hangs_leave_no_thread_behind(bench: Bench) -> None:
    """Every hook names another base, or the breaker would spare the threads."""
    before = fhir_threads()
    server, client = (
        bench.server(dict.fromkeys([*KEYS, *map(str, range(30))], hang)),
        bench.service(0.1),
    )
    answers = [ask(client, server, path=f"/{number}").response for number in range(30)]
    assert {answer.status_code for answer in answers} == {412}
    assert all(LATE in words_in(answer) for answer in answers)
    assert len(fhir_threads() - before) <= 32
    assert soon(lambda: not busy_threads(), 2.0)


def test_the_token_goes_to_the_registered_server_only(bench: Bench) -> None:
    modes = {
        "Condition": WHOLLY_BAD["redirect"][0],
        "Procedure": GOOD_FIRST_PAGE["foreign next link"],
    }
    asked = bench.ask(modes, tuple(KEYS), DEADLINE_SECONDS)
    assert {r.headers.get("authorization") for r in asked.server.requests} == {f"Bearer {TOKEN}"}
    assert len(asked.server.requests) == len(KEYS)
    assert bench.canary.connections == 0


@pytest.mark.parametrize("mode", [*WHOLLY_BAD, *GOOD_FIRST_PAGE])
def test_neither_patient_nor_token_comes_into_answer_or_log(
    mode: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = (GOOD_FIRST_PAGE | {name: both[0] for name, both in WHOLLY_BAD.items()})[mode]
    asked = bench.ask(dict.fromkeys(KEYS, answer), tuple(KEYS), 0.2)
    shown = asked.response.text + caplog.text
    assert [word for word in (TOKEN, f"patient={PATIENT_ID}", "127.0.0.1") if word in shown] == []
