"""What codes and words of charts were found to say, kept from call to call."""

import pickle

import pytest

from cds_service.core.words import kept
from cds_service.core.words.kept import Kept


def test_a_full_table_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    table = Kept[str, int]()
    for place, name in enumerate("abc"):
        table[name] = place
    assert table == {"c": 2}


def test_nothing_of_a_chart_goes_with_a_table() -> None:
    table = Kept[str, int]()
    table["left hip"] = 1
    handed_on = pickle.loads(pickle.dumps(table))
    assert (type(handed_on), handed_on) == (Kept, {})
