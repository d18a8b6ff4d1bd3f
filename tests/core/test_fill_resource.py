"""Resource templates of suggestions: what is filled, and what is left out."""

import pytest

from cds_service.core.suggest import fill_resource

VALUES = {
    "label": "Films",
    "nextOrderDate": "2026-12-01",
    "conditions": ({"reference": "Condition/a"},),
    "none": (),
}


@pytest.mark.parametrize(
    ("node", "filled"),
    [
        ("plain", "plain"),
        ("{{ label }}", "Films"),
        ("{{ label }} on {{ nextOrderDate }}", "Films on 2026-12-01"),
        ("{{ conditions }}", ({"reference": "Condition/a"},)),
        ({"text": "{{ label }}"}, {"text": "Films"}),
        (["{{ label }}", {"text": "x"}], ["Films", {"text": "x"}]),
        (2, 2),
        (False, False),
    ],
)
def test_a_member_of_any_shape_is_filled(node: object, filled: object) -> None:
    assert fill_resource({"member": node}, VALUES) == {"member": filled}


@pytest.mark.parametrize("node", ["", [], {}, {"inner": ""}, "{{ none }}"])
def test_a_member_that_comes_out_empty_is_left_out(node: object) -> None:
    assert fill_resource({"kept": "x", "member": node}, VALUES) == {"kept": "x"}


def test_the_template_itself_is_not_changed() -> None:
    template = {"code": {"text": "{{ label }}"}}
    fill_resource(template, VALUES)
    assert template == {"code": {"text": "{{ label }}"}}
