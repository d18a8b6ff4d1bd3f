"""How long a test runs that has no natural end: seconds, or in a soak as long as it takes."""

import os

IS_SOAK = os.environ.get("CDS_TEST_LENGTH") == "soak"


def long(short: int, soak: int) -> int:
    """Return the size of a test, short or as in `scripts/soak`."""
    return soak if IS_SOAK else short
