"""Orders of the chart that are in force: which are read, and what is lacking of them."""

from typing import Any

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Record
from tests.fhir.builders import Json, bundle, gathered, hook_request, order, outcome, prefetch


def read(sent: Any, knowledge: Knowledge, **others: Any) -> Record:
    """Return what is read where the list of active orders is `sent`."""
    whole = prefetch(activeOrders=sent, **others)
    return gathered(hook_request(prefetch=whole), knowledge)


@pytest.mark.parametrize(
    ("members", "count"),
    [
        ({"status": "active"}, 1),
        ({"status": "active", "intent": "plan"}, 0),
        ({"status": "active", "intent": "proposal"}, 0),
        ({"status": "active", "doNotPerform": True}, 0),
        ({"status": "completed"}, 0),
        ({"status": "on-hold"}, 0),
        ({"status": "draft"}, 0),
        ({"status": "revoked"}, 0),
    ],
    ids=str,
)
def test_an_order_that_is_in_force_is_read(members: Json, count: int, knowledge: Knowledge) -> None:
    found = read(bundle(order(**members)), knowledge).active_orders
    assert (len(found.items), found.gap) == (count, None)


@pytest.mark.parametrize(
    "members",
    [
        {"status": "zz"},
        {"status": None},
        {"status": "active", "reasonCode": [{"modifierExtension": [{"url": "urn:x"}]}]},
    ],
    ids=str,
)
def test_an_order_that_may_be_in_force_is_open(members: Json, knowledge: Knowledge) -> None:
    (found,) = read(bundle(order(**members)), knowledge).active_orders.items
    assert "status" in found.unread


def test_an_order_has_the_day_on_which_it_was_written(knowledge: Knowledge) -> None:
    sent = order(status="active", authoredOn="2026-11-03T10:00:00Z", note=[{"text": "PWB"}])
    (found,) = read(bundle(sent), knowledge).active_orders.items
    assert (str(found.authored and found.authored.earliest), found.is_selected) == (
        "2026-11-03",
        False,
    )
    assert "weight-bearing" in found.noted


@pytest.mark.parametrize(
    ("sent", "is_whole"),
    [(None, True), (bundle(), True), (outcome(), False), ("{{", False)],
    ids=["null", "empty", "outcome", "text"],
)
def test_a_list_that_could_not_be_read_is_a_gap(
    sent: Any, is_whole: bool, knowledge: Knowledge
) -> None:
    assert (read(sent, knowledge).active_orders.gap is None) == is_whole


def test_active_orders_are_no_list_of_completed_ones(knowledge: Knowledge) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r-1",
        "status": "final",
        "subject": {"reference": "Patient/zz-test-1"},
        "code": {"text": "XR hip right"},
        "effectiveDateTime": "2026-06-05",
    }
    others = {"imagingStudies": outcome(), "diagnosticReports": bundle(report)}
    record = read(bundle(order(status="active")), knowledge, **others)
    assert (len(record.studies.items), record.studies.gap) == (1, "could not be read")
