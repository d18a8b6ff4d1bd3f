"""The check digits of SNOMED CT and LOINC find what a slip of the hand does to a code."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.core.vocabulary.check_digits import has_mod10_digit, has_verhoeff_digit

DIGITS = "0123456789"
BODIES = st.text(DIGITS, min_size=5, max_size=17)
NUMBERS = st.text(DIGITS, min_size=1, max_size=7)


def with_verhoeff_digit(body: str) -> str:
    """Return the body with the digit that makes it valid; there is exactly one."""
    (code,) = (body + digit for digit in DIGITS if has_verhoeff_digit(body + digit))
    return code


def with_mod10_digit(number: str) -> str:
    """Return the LOINC code of a number; there is exactly one."""
    (code,) = (f"{number}-{d}" for d in DIGITS if has_mod10_digit(f"{number}-{d}"))
    return code


def with_digit(code: str, position: int, digit: str) -> str:
    """Return the code with one character replaced."""
    return code[:position] + digit + code[position + 1 :]


def with_swap(code: str, position: int) -> str:
    """Return the code with a character and its right neighbour swapped."""
    return code[:position] + code[position + 1] + code[position] + code[position + 2 :]


SNOMED = BODIES.map(with_verhoeff_digit)
LOINC = NUMBERS.map(with_mod10_digit)


# Published examples: the SNOMED CT technical guide, LOINC glucose and haemoglobin A1c.
@pytest.mark.parametrize("code", ["73211009", "22298006", "10989121108", "900000000000207008"])
def test_a_published_snomed_code_is_valid(code: str) -> None:
    assert has_verhoeff_digit(code)


@pytest.mark.parametrize("code", ["2345-7", "4548-4", "2339-0"])
def test_a_published_loinc_code_is_valid(code: str) -> None:
    assert has_mod10_digit(code)


@pytest.mark.parametrize("code", ["", "7321100a", "73211-009", " 73211009", "٧٣٢١١٠٠٩", "7321100⁹"])
def test_what_is_not_digits_is_no_snomed_code(code: str) -> None:
    assert not has_verhoeff_digit(code)


@pytest.mark.parametrize("code", ["", "-", "2345", "2345-", "-7", "2345-77", "234a-7", "2345-⁷"])
def test_what_is_not_a_number_a_dash_and_a_digit_is_no_loinc_code(code: str) -> None:
    assert not has_mod10_digit(code)


@given(SNOMED, st.data())
def test_one_wrong_digit_of_a_snomed_code_is_found(code: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(code) - 1))
    digit = data.draw(st.sampled_from(DIGITS.replace(code[position], "")))
    assert has_verhoeff_digit(code)
    assert not has_verhoeff_digit(with_digit(code, position, digit))


@given(SNOMED, st.data())
def test_two_swapped_neighbours_of_a_snomed_code_are_found(code: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(code) - 2))
    assume(code[position] != code[position + 1])
    assert not has_verhoeff_digit(with_swap(code, position))


@given(LOINC, st.data())
def test_one_wrong_digit_of_a_loinc_code_is_found(code: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(code) - 3) | st.just(len(code) - 1))
    digit = data.draw(st.sampled_from(DIGITS.replace(code[position], "")))
    assert has_mod10_digit(code)
    assert not has_mod10_digit(with_digit(code, position, digit))


@given(LOINC.filter(lambda code: len(code) > 3), st.data())
def test_two_swapped_neighbours_of_a_loinc_code_are_found(code: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(code) - 4))
    pair = {code[position], code[position + 1]}
    assume(len(pair) == 2 and pair != {"0", "9"})  # mod 10 cannot tell 09 from 90
    assert not has_mod10_digit(with_swap(code, position))
