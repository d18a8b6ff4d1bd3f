"""Prefetch: each wanted type is complete or has a gap in plain words, whatever the key is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Listing
from cds_service.core.words.tokens import LONGEST_TEXT
from cds_service.fhir.gather import TOO_LONG
from cds_service.fhir.pool.pool import NOT_READABLE, NOT_SENT, NOT_WHOLE
from tests.fhir.builders import (
    Json,
    bundle,
    condition,
    gathered,
    hook_request,
    order,
    order_request,
    outcome,
    patient,
    prefetch,
    study,
)

MISSING = object()
RESOURCES = {"Condition": condition(), "ImagingStudy": study()}
OUR_KEYS = {"Condition": "conditions", "ImagingStudy": "imagingStudies"}
NEXT = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]


@dataclass(frozen=True)
class Pooled:
    """What became of a prefetch: the references read, and the gaps, by resource type."""

    read: dict[str, list[str | None]]
    gaps: Mapping[str, str]


@pytest.fixture
def pooled(knowledge: Knowledge) -> Callable[[Json], Pooled]:
    """Pool a prefetch as it is read from a body."""

    def pool(members: Json) -> Pooled:
        record = gathered(hook_request(prefetch=members), knowledge)
        conditions = [found.reference for found in record.diagnoses.items]
        studies = [found.reference for found in record.studies.items]
        return Pooled({"Condition": conditions, "ImagingStudy": studies}, record.gaps)

    return pool


Pool = Callable[[Json], Pooled]


def sent(state: str, resource: Json) -> object:
    """Return one of the ten states of a prefetch value."""
    states: dict[str, object] = {
        "data": bundle(resource),
        "null": None,
        "empty": bundle(total=0),
        "missing": MISSING,
        "outcome": outcome(),
        "html": "<html><body>502 Bad Gateway</body></html>",
        "no members": [],
        "warning": bundle(outcome("warning"), total=0),
        "next": bundle(resource, link=NEXT),
        "unreadable": bundle(resource, resource | {"id": 5}),
    }
    return states[state]


TRUTH_TABLE = [
    # state, gap under our own key, gap under a key that names no type
    ("data", None, None),
    ("null", None, NOT_SENT),
    ("empty", None, NOT_SENT),
    ("no members", None, NOT_SENT),
    ("missing", NOT_SENT, NOT_SENT),
    ("outcome", NOT_READABLE, NOT_READABLE),
    ("html", NOT_READABLE, NOT_READABLE),
    ("warning", None, NOT_SENT),
    ("next", NOT_WHOLE, NOT_WHOLE),
    ("unreadable", NOT_READABLE, NOT_READABLE),
]


@pytest.mark.parametrize(("state", "ours", "foreign"), TRUTH_TABLE, ids=str)
@pytest.mark.parametrize("resource_type", OUR_KEYS)
def test_our_key_tells_looked_and_none_from_not_known(
    resource_type: str, state: str, ours: str | None, foreign: str | None, pooled: Pool
) -> None:
    value = sent(state, RESOURCES[resource_type])
    prefetch = {} if value is MISSING else {OUR_KEYS[resource_type]: value}
    assert pooled(prefetch).gaps.get(resource_type) == ours


@pytest.mark.parametrize(("state", "ours", "foreign"), TRUTH_TABLE, ids=str)
@pytest.mark.parametrize("resource_type", OUR_KEYS)
@pytest.mark.parametrize("key", ["-user", "item1", ""])
def test_a_foreign_key_proves_only_what_it_holds(
    key: str, resource_type: str, state: str, ours: str | None, foreign: str | None, pooled: Pool
) -> None:
    value = sent(state, RESOURCES[resource_type])
    prefetch = {} if value is MISSING else {key: value}
    assert pooled(prefetch).gaps.get(resource_type) == foreign


@pytest.mark.parametrize("key", ["Condition", "condition", "conditions", "Conditions-1"])
def test_a_key_that_names_the_type_counts_as_looked(key: str, pooled: Pool) -> None:
    assert pooled({key: bundle(total=0)}).gaps.get("Condition") is None


@pytest.mark.parametrize("key", ["imaging-studies", "ImagingStudy", "imaging_study"])
def test_a_key_that_names_imaging_studies_counts_as_looked(key: str, pooled: Pool) -> None:
    assert pooled({key: None}).gaps.get("ImagingStudy") is None


def test_an_empty_bundle_is_known_by_its_self_link(pooled: Pool) -> None:
    link = [{"relation": "self", "url": "https://ehr.example.org/fhir/Condition?patient=1"}]
    assert pooled({"x": bundle(link=link)}).gaps.get("Condition") is None


@pytest.mark.parametrize("url", ["http://[", "//[::1", "http://[x]/Condition"])
def test_a_broken_self_link_is_no_answer(url: str, pooled: Pool) -> None:
    link = [{"relation": "self", "url": url}]
    assert pooled({"x": bundle(link=link)}).gaps.get("Condition") == NOT_SENT


def test_junk_under_a_foreign_key_leaves_our_own_answers_complete(pooled: Pool) -> None:
    pool = pooled({"conditions": bundle(condition()), "junk": "<html>", "more": outcome()})
    assert pool.gaps.get("Condition") is None
    assert pool.gaps.get("ImagingStudy") == NOT_READABLE


def test_every_shape_of_a_prefetch_value_is_read(pooled: Pool) -> None:
    pool = pooled(
        {
            "one": condition(id="a"),
            "list": [condition(id="b"), None, condition(id="c")],
            "bundle": bundle(condition(id="d")),
            "untyped": {"entry": [{"resource": condition(id="e")}]},
        }
    )
    assert pool.read["Condition"] == [f"Condition/{name}" for name in "abcde"]


def test_a_resource_under_two_keys_is_counted_once(pooled: Pool) -> None:
    pool = pooled({"a": bundle(condition()), "b": condition(), "c": [condition()]})
    assert len(pool.read["Condition"]) == 1


def test_resources_without_an_id_are_all_kept(pooled: Pool) -> None:
    bare = condition()
    del bare["id"]
    assert len(pooled({"conditions": bundle(bare, bare)}).read["Condition"]) == 2


@pytest.mark.parametrize("member", ["implicitRules", "modifierExtension"])
def test_a_resource_with_an_unknown_modifier_is_a_gap(member: str, pooled: Pool) -> None:
    value: object = {"implicitRules": "urn:rules", "modifierExtension": [{"url": "urn:x"}]}[member]
    pool = pooled({"conditions": bundle(condition(**{member: value}))})
    assert pool.read["Condition"] == []
    assert pool.gaps.get("Condition") == NOT_READABLE


def test_a_total_above_the_entries_means_only_a_part(pooled: Pool) -> None:
    assert pooled({"conditions": bundle(condition(), total=2)}).gaps.get("Condition") == NOT_WHOLE


@pytest.mark.parametrize("severity", ["error", "fatal"])
def test_an_error_among_the_entries_is_a_gap(severity: str, pooled: Pool) -> None:
    sent_conditions = bundle(condition(), outcome(severity))
    assert pooled({"conditions": sent_conditions}).gaps.get("Condition") == NOT_READABLE


def test_a_resource_of_another_type_does_not_answer_our_key(pooled: Pool) -> None:
    assert pooled({"conditions": patient()}).gaps.get("Condition") == NOT_SENT


NOT_A_LIST_OF_CONDITIONS = {
    "a list of Bundles": [bundle(condition())],
    "a Bundle in a Bundle": bundle(bundle(condition())),
    "an entry without resource": bundle(entry=[{"fullUrl": "https://ehr.example.org/Condition/1"}]),
    "an entry with a null resource": bundle(None),
    "a null entry": bundle(entry=[None]),
    "an entry that is text": bundle(entry=["x"]),
    "an entry that is a number": bundle(entry=[5]),
    "an entry list that is an object": bundle(entry={"resource": condition()}),
    "an entry list that is text": bundle(entry="x"),
    "a total that is text": bundle(total="3"),
    "a next link that is not in a list": bundle(link=NEXT[0]),
    "a next link beside an odd one": bundle(link=[*NEXT, 5]),
    "an outcome that cannot be read": bundle({"resourceType": "OperationOutcome", "issue": {}}),
    "an outcome without severity": bundle({"resourceType": "OperationOutcome", "issue": [{}]}),
    "another type only": bundle({"resourceType": "Observation", "id": "1"}),
    "a next link, and included Patients only": bundle(patient(), link=NEXT),
    "a total that an included Patient fills": bundle(
        total=1, entry=[{"resource": patient(), "search": {"mode": "include"}}]
    ),
}


@pytest.mark.parametrize("value", NOT_A_LIST_OF_CONDITIONS.values(), ids=NOT_A_LIST_OF_CONDITIONS)
def test_what_is_no_readable_list_is_a_gap(value: object, pooled: Pool) -> None:
    pool = pooled({"conditions": value})
    assert pool.read["Condition"] or pool.gaps.get("Condition")


def test_the_old_wrapper_of_response_and_resource_is_taken_off(pooled: Pool) -> None:
    wrapped = {"response": {"status": "200 OK"}, "resource": bundle(condition())}
    assert len(pooled({"conditions": wrapped}).read["Condition"]) == 1


def test_a_prefetch_that_is_one_bundle_is_read(pooled: Pool) -> None:
    assert len(pooled(bundle(condition(), patient())).read["Condition"]) == 1


def test_two_lists_of_a_type_that_go_on_are_never_called_whole(pooled: Pool) -> None:
    first = bundle(condition(id="a"), link=NEXT)
    second = bundle(condition(id="b"), link=NEXT)
    pool = pooled({"conditions": first, "problems": second})
    assert pool.gaps.get("Condition") == NOT_WHOLE


def test_a_next_link_without_address_leaves_the_list_partial(pooled: Pool) -> None:
    pool = pooled({"conditions": bundle(condition(), link=[{"relation": "next"}])})
    assert pool.gaps.get("Condition") == NOT_WHOLE


def test_an_included_resource_does_not_fill_the_total(pooled: Pool) -> None:
    included = {"resource": patient(), "search": {"mode": "include"}}
    sent = bundle(entry=[{"resource": condition()}, included], total=2)
    assert pooled({"conditions": sent}).gaps.get("Condition") == NOT_WHOLE


def test_a_partial_list_of_one_type_leaves_a_gap_in_that_type_alone(pooled: Pool) -> None:
    gaps = pooled({"problems": bundle(condition(), link=NEXT)}).gaps
    assert [name for name, words in gaps.items() if words == NOT_WHOLE] == ["Condition"]


TOO_LONG_TEXT = "Osteonecrosis of the right femoral head. " * (LONGEST_TEXT // 40)


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("conditions", condition(code={"text": TOO_LONG_TEXT})),
        ("imagingStudies", study(description=TOO_LONG_TEXT)),
    ],
    ids=lambda found: found if isinstance(found, str) else "",
)
def test_a_list_with_a_text_too_long_to_be_read_has_a_gap(
    key: str, resource: Json, knowledge: Knowledge
) -> None:
    found = gathered(hook_request(prefetch=prefetch(**{key: bundle(resource)})), knowledge)
    assert list(found.gaps.values()) == [TOO_LONG]


def test_drafts_with_a_text_too_long_to_be_read_have_a_gap(knowledge: Knowledge) -> None:
    orders = gathered(order_request(order(code={"text": TOO_LONG_TEXT})), knowledge).orders
    assert isinstance(orders, Listing)
    assert orders.gap == TOO_LONG
