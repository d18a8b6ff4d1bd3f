"""What was worked out of short parts of charts, kept from call to call.

The charts of a hospital name the same few things in the same words: names of codes, of orders, of
studies. What is longer is somebody's story, and is not kept.
"""

from typing import TypeVar

MOST_KEPT = 2_000
KeyT = TypeVar("KeyT")
AnswerT = TypeVar("AnswerT")


class Kept(dict[KeyT, AnswerT]):
    """A table that begins anew when it is full, and that is handed on empty."""

    def __setitem__(self, key: KeyT, answer: AnswerT) -> None:
        if len(self) >= MOST_KEPT:
            self.clear()
        super().__setitem__(key, answer)

    def __reduce__(self) -> tuple[type["Kept[KeyT, AnswerT]"], tuple[()]]:
        """Hand nothing of a chart on with the tables."""
        return Kept, ()
