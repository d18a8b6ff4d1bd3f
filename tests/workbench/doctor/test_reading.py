"""What was understood of each resource, which words were read, and what they did."""

import pytest

from tests.workbench.doctor.bedside import ICD_10_CM, NAME, SNOMED, Examine, condition, request

HEAD = (SNOMED, "203476003")
RIGHT = [{"coding": [{"system": SNOMED, "code": "24028007"}]}]


@pytest.mark.parametrize(
    ("coding", "words"),
    [
        ((ICD_10_CM, "M87.052"), "code: `M87.052` of ICD-10-CM is osteonecrosis of the left femur"),
        (
            ("urn:zz:nobody", "M87.052"),
            f"it would be `M87.052` of ICD-10-CM if its system were sent as {ICD_10_CM}",
        ),
        (("urn:zz:nobody", "Z9-1"), "code: `Z9-1` of urn:zz:nobody is not understood\n"),
        ((None, "4711-X"), "code: `4711-X` of no system is not understood\n"),
    ],
)
def test_a_code_is_ours_or_not_understood(
    coding: tuple[str | None, str], words: str, examine: Examine
) -> None:
    text, _ = examine(request(condition("c1", coding)))
    assert words in text


def test_what_is_plainly_something_else_is_only_counted(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", (ICD_10_CM, "E11.9")), condition("c2", HEAD)))
    assert "Condition/c1 at" not in text
    assert "2 further resources: about something else, as far as they were read" in text


def test_a_code_that_is_something_else_is_told_beside_one_of_ours(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", HEAD, (ICD_10_CM, "E11.9"))))
    assert "code: `E11.9` of ICD-10-CM is something else: in no list of ours" in text


def film(description: str, **members: object) -> dict[str, object]:
    """A film of a hip with these words."""
    return {
        "resourceType": "ImagingStudy",
        "id": "s1",
        "status": "available",
        "subject": {"reference": "Patient/p1"},
        "started": "2026-10-01",
        "description": description,
        **members,
    }


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("XR hip, left", '"hip" (site hip), "left" (side left)'),
        ("XR hip, not left", '"left" (side left; negated by "not")'),
        ("左侧髋关节", '"左" (side left)'),
        (NAME, "description: words read: none that our lists hold"),
        ("left hip " * 3000, "description: too long: not read"),
    ],
)
def test_the_words_that_were_found_are_named_and_no_others(
    description: str, words: str, examine: Examine
) -> None:
    text, _ = examine(request(condition("c1", HEAD), imagingStudies=film(description)))
    assert words in text
    assert NAME not in text


def test_what_the_words_did_is_told(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", HEAD), imagingStudies=film("XR hip, left")))
    assert "its words: side in words: none without them, left with them" in text


def test_a_body_site_that_is_not_understood_is_told(examine: Examine) -> None:
    site = [{"coding": [{"system": "urn:zz:nobody", "code": "R-9"}]}]
    text, _ = examine(request(condition("c1", HEAD, bodySite=site)))
    assert "bodySite: `R-9` of urn:zz:nobody is not understood" in text


def test_a_resource_is_told_with_what_it_was_read_as(examine: Examine) -> None:
    text, _ = examine(request(condition("c1", HEAD, bodySite=RIGHT)))
    place = "Condition/c1 at prefetch.conditions.entry[0].resource"
    assert f"{place}: diagnosis: osteonecrosis of a hip head, side right" in text


def test_texts_that_are_read_as_one_are_told_as_one(examine: Examine) -> None:
    staged = {"resourceType": "Observation", "id": "o1", "status": "final", "valueString": "III"}
    staged |= {"code": {"text": "ARCO stage"}, "subject": {"reference": "Patient/p1"}}
    text, _ = examine(request(condition("c1", HEAD), observations=staged))
    assert "Observation/o1 at prefetch.observations" in text
