"""One hip of one record on one day: what it has, what was imaged, when the next review is due."""
