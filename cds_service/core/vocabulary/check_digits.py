"""Check digits of code systems; refuses to know what the codes mean."""

_DIHEDRAL = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTATIONS = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def has_verhoeff_digit(code: str) -> bool:
    """Tell whether a SNOMED CT identifier ends on its Verhoeff check digit."""
    if not (code.isascii() and code.isdigit()):
        return False
    check = 0
    for position, digit in enumerate(reversed(code)):
        check = int(_DIHEDRAL[check][int(_PERMUTATIONS[position % 8][int(digit)])])
    return check == 0


def has_mod10_digit(code: str) -> bool:
    """Tell whether a LOINC code (12345-6) ends on its mod 10 check digit."""
    number, _, digit = code.partition("-")
    if not (f"{number}{digit}".isascii() and number.isdigit() and digit.isdigit()):
        return False
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(number))]
    total = sum(value // 10 + value % 10 for value in doubled)
    return (10 - total % 10) % 10 == int(digit)


CHECKS = {"verhoeff": has_verhoeff_digit, "mod10": has_mod10_digit}
