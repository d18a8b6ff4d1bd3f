"""Words that know where they stand, and errors at their places: all of a file at once.

A reader decodes a file into a type whose texts are words, yields `wrong(word, sentence)` for each
thing that is wrong, and hands all of it to `raise_all`.
"""

import pickle
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from msgspec import Struct

from cds_service.errors import KnowledgeError

ItemT = TypeVar("ItemT")
ReadT = TypeVar("ReadT")


@runtime_checkable
class Placed(Protocol):
    """What stands somewhere."""

    file: str
    line: int


class Word(str):
    """A text of a file with its place; the value of a key stands at the line of its key.

    As the key of a dictionary it would leave the fast path of `dict`, so words do not outlive the
    reading: pickled and read again (`plain`), they are ordinary texts.
    """

    __slots__ = ("file", "line")

    file: str
    line: int

    def __new__(cls, text: str, file: str, line: int) -> "Word":
        """Return the text at its place."""
        word = super().__new__(cls, text)
        word.file, word.line = file, line
        return word

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Forget the place."""
        return str, (str(self),)

    def saying(self, text: str) -> "Word":
        """Return another text at this place."""
        return Word(text, self.file, self.line)


class Rows(list["Node"]):
    """A list with its place."""

    def __init__(self, items: Iterable["Node"], file: str, line: int) -> None:
        super().__init__(items)
        self.file, self.line = file, line

    def __reduce__(self) -> tuple[type, tuple[object]]:
        """Forget the place."""
        return list, (list(self),)


class Block(dict[str, "Node"]):
    """A mapping with its place; `lines` are those of its keys, which are ordinary texts."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file, self.line = file, line
        self.lines: dict[str, int] = {}

    def add(self, key: Word, value: "Node") -> None:
        """Add a member."""
        name = str(key)
        self[name], self.lines[name] = value, key.line

    def __reduce__(self) -> tuple[type, tuple[object]]:
        """Forget the place."""
        return dict, (dict(self),)

    def key(self, name: str) -> Word:
        """Return a key with its place."""
        return Word(name, self.file, self.lines.get(name, self.line))


Node = Word | bool | Rows | Block


def plain(value: ItemT) -> ItemT:
    """Return a copy whose words are ordinary texts, and whose blocks and rows ordinary tables."""
    return cast(ItemT, pickle.loads(pickle.dumps(value)))  # noqa: S301 (our own bytes)


class Errors(KnowledgeError):
    """Several errors as one: it stands where the first one does, and says all of them."""

    def __init__(self, errors: Iterable[KnowledgeError]) -> None:
        self.all = tuple(errors)
        first = self.all[0]
        super().__init__(first.file, first.line, first.words)
        self.args = ("\n".join(map(str, self.all)),)


def wrong(where: object, sentence: str) -> KnowledgeError:
    """Return an error at a word or whatever else is `Placed`, or at the first word in a table.

    What holds no word, such as an empty list, has no place: give its type a least length.
    """
    place = place_of(where)
    return KnowledgeError(place.file, place.line, sentence)


def place_of(where: object) -> Placed:
    """Return what says where something stands: itself, or the first word in it."""
    return next(_places(where))


def all_of(error: KnowledgeError) -> tuple[KnowledgeError, ...]:
    """Return the errors that are told as one."""
    return error.all if isinstance(error, Errors) else (error,)


def raise_all(errors: Iterable[KnowledgeError]) -> None:
    """Raise all the errors as one, each once, if there are any."""
    found = list(dict.fromkeys(one for error in errors for one in all_of(error)))
    if len(found) == 1:
        raise found[0]
    if found:
        raise Errors(found)


def each(read: Callable[[ItemT], ReadT], items: Iterable[ItemT]) -> list[ReadT]:
    """Read every item, also after one that is wrong; raise all their errors at the end."""
    results, errors = [], []
    for item in items:
        try:
            results.append(read(item))
        except KnowledgeError as error:
            errors.append(error)
    raise_all(errors)
    return results


def both(first: Callable[[], ItemT], second: Callable[[], ReadT]) -> tuple[ItemT, ReadT]:
    """Read two things, also the second where the first is wrong; raise the errors of both."""
    reads: tuple[Callable[[], ItemT | ReadT], ...] = (first, second)
    return cast(tuple[ItemT, ReadT], tuple(each(lambda read: read(), reads)))


class part(Generic[ReadT]):  # noqa: N801 (written as `property` is)
    """A property that is read once; what is wrong with it is told to everybody who asks for it."""

    def __init__(self, read: Callable[[Any], ReadT]) -> None:
        self._read = read

    def __get__(self, reader: object, _: type) -> ReadT:
        """Return what was read, or raise what was wrong with it."""
        outcomes = vars(reader).setdefault("parts", {})
        if self not in outcomes:
            try:
                outcomes[self] = self._read(reader)
            except KnowledgeError as error:
                outcomes[self] = error
        if isinstance(outcomes[self], KnowledgeError):
            raise outcomes[self]
        return cast(ReadT, outcomes[self])


def read_all(reader: object) -> None:
    """Read every part of a reader, also after one that is wrong; raise all their errors."""
    names = [name for name, member in vars(type(reader)).items() if isinstance(member, part)]
    each(partial(getattr, reader), names)


def twice(
    words: Iterable[str], kind: str = "", normal: Callable[[str], str] = str
) -> Iterator[KnowledgeError]:
    """Yield an error at each word that, in its normal form, stands among those before it."""
    seen: set[str] = set()
    for word in words:
        if normal(word) in seen:
            yield wrong(word, f"{kind}`{word}` stands here twice")
        seen.add(normal(word))


def unknown(
    words: Iterable[str], known: Container[object], sentence: str
) -> Iterator[KnowledgeError]:
    """Yield an error at each word that is not known; the `{}` of the sentence is the word."""
    yield from (wrong(word, sentence.format(word)) for word in words if word not in known)


def _places(where: object) -> Iterator[Placed]:
    """Yield what has a place in a struct, a table or a list, in order."""
    match where:
        case Placed():
            yield where
        case Struct():
            for name in where.__struct_fields__:
                yield from _places(getattr(where, name))
        case Mapping():
            for member in where.values():
                yield from _places(member)
        case list() | tuple() | frozenset():
            for item in where:
                yield from _places(item)
