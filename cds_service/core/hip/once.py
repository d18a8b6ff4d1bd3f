"""Works out once what many ask of an object that never changes, and keeps the answer with it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

Asked = ParamSpec("Asked")
AnswerT = TypeVar("AnswerT")


def once(work_out: Callable[Asked, AnswerT]) -> Callable[Asked, AnswerT]:
    """Return a function that works out an answer once for its first argument and each of the rest.

    The first is a frozen object with a `__dict__`, in which the answers live as long as it does;
    the rest are hashable, and are given by their places.
    """

    @wraps(work_out)
    def answer(*asked: Asked.args, **named: Asked.kwargs) -> AnswerT:
        answers, key = cast(dict[object, AnswerT], vars(asked[0])), (work_out, *asked[1:])
        try:
            return answers[key]
        except KeyError:
            found = answers[key] = work_out(*asked, **named)
            return found

    return answer
