"""Uuids of cards are those that RFC 9562 defines for a name."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.suggest import stable_uuid


@given(st.uuids(), st.text())
def test_a_name_gets_its_version_5_uuid(namespace: UUID, name: str) -> None:
    clean = name.encode(errors="ignore").decode()
    assert stable_uuid(str(namespace), clean) == str(uuid5(namespace, clean))
