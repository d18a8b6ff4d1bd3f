"""What the tests of the doctor share."""

from tests.workbench.doctor.bedside import examine

__all__ = ["examine"]
