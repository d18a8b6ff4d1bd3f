"""What the tests of the doctor share."""

from tests.doctor.bedside import examine

__all__ = ["examine"]
