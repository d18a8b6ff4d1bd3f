"""An uncoded Condition that names the diagnosis is told, and decides nothing."""

import pytest

from cds_service.core.knowledge import Knowledge
from cds_service.core.record import Mention, Side
from tests.fhir.builders import (
    CLINICAL,
    ICD10CM,
    SNOMED,
    VERIFICATION,
    Json,
    bundle,
    concept,
    condition,
    gathered,
    hook_request,
    prefetch,
    without,
)

WORDS = "Avascular necrosis of the left femoral head"
LEFT_ONLY = frozenset({Side.LEFT})
LOCAL = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.696871", "code": "M87.052"}


def mentions(resource: Json, knowledge: Knowledge) -> tuple[Mention, ...]:
    """Return the uncoded mentions that the service reads of a Condition."""
    request = hook_request(prefetch=prefetch(conditions=bundle(resource)))
    return gathered(request, knowledge).mentions


NAMED = {
    "text only": {"text": WORDS},
    "a local code": {"coding": [LOCAL], "text": WORDS},
    "a coding without a code": {"coding": [{"system": SNOMED}], "text": WORDS},
    "a code without a system": {"coding": [{"code": "M87.052"}], "text": WORDS},
}


@pytest.mark.parametrize("code", NAMED.values(), ids=NAMED)
def test_words_without_a_known_code_are_a_mention(code: Json, knowledge: Knowledge) -> None:
    found = mentions(condition(id="c-1", code=code), knowledge)
    assert [(one.reference, one.sides) for one in found] == [("Condition/c-1", LEFT_ONLY)]


@pytest.mark.parametrize(
    ("coding", "text", "sent_under"),
    [
        (LOCAL, WORDS, LOCAL["system"]),
        (LOCAL, "Idiopathic aseptic necrosis of left femur", LOCAL["system"]),
        (LOCAL | {"system": "our [codes](http://x)"}, WORDS, ""),
        ({"system": ICD10CM, "code": "J45.909"}, WORDS, None),
    ],
)
def test_a_mention_names_the_system_under_which_a_code_of_ours_was_sent(
    coding: Json, text: str, sent_under: str | None, knowledge: Knowledge
) -> None:
    [found] = mentions(condition(code=concept(coding) | {"text": text}), knowledge)
    assert found.sent_under == sent_under


NOT_NAMED: dict[str, Json] = {
    "another bone": {
        "code": concept(LOCAL) | {"text": "Osteonecrosis of the medial femoral condyle"}
    },
    "a replaced hip": {"code": {"text": "s/p left THA for avascular necrosis of the left hip"}},
    "the code itself": {"code": concept({"system": ICD10CM, "code": "M87.052"}) | {"text": WORDS}},
    "no words": {"code": concept(LOCAL)},
    "other words": {"code": {"text": "Asthma"}},
    "doubt in words": {"code": {"text": f"Suspected {WORDS}"}},
    "refuted": {
        "code": {"text": WORDS},
        "verificationStatus": concept({"system": VERIFICATION, "code": "refuted"}),
    },
    "a differential": {
        "code": {"text": WORDS},
        "verificationStatus": concept({"system": VERIFICATION, "code": "differential"}),
    },
    "resolved": {
        "code": {"text": WORDS},
        "clinicalStatus": concept({"system": CLINICAL, "code": "resolved"}),
    },
}


@pytest.mark.parametrize("members", NOT_NAMED.values(), ids=NOT_NAMED)
def test_what_is_coded_doubtful_or_over_is_no_mention(members: Json, knowledge: Knowledge) -> None:
    assert mentions(condition(**members), knowledge) == ()


def test_a_condition_without_status_may_be_a_mention(knowledge: Knowledge) -> None:
    bare = without(condition(code={"text": WORDS}), "clinicalStatus", "verificationStatus")
    assert len(mentions(bare, knowledge)) == 1


def test_a_condition_without_a_code_is_no_mention(knowledge: Knowledge) -> None:
    assert mentions(without(condition(), "code"), knowledge) == ()
