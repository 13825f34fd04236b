"""Answers about a value that never changes, kept with it: worked out once, gone when it goes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_OWN, _SHARED = "_remembered", "_remembered_together"
_lock = Lock()


def remembered(most: int = 1, *, shared: bool = False) -> Callable[[F], F]:
    """Remember what a pure function says of its first argument, a frozen dataclass without slots.

    The last ``most`` answers are kept for each value and function, by the other arguments, which have to be hashable
    and given by position. ``shared``: they hold for values as well that :func:`share` with this one.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def asked(value: Any, *rest: Any) -> Any:
            store = value.__dict__.setdefault(_SHARED if shared else _OWN, {})
            answers: OrderedDict[Any, Any] = store.setdefault(function, OrderedDict())
            with _lock:
                if rest in answers:
                    answers.move_to_end(rest)
                    return answers[rest]
            answer = function(value, *rest)
            with _lock:
                answers[rest] = answer
                while len(answers) > most:
                    answers.popitem(last=False)
            return answer

        return cast(F, asked)

    return decorate


def share(old: Any, new: Any) -> None:
    """What functions that are remembered ``shared`` say of ``old`` holds for ``new``, and the other way round."""
    new.__dict__[_SHARED] = old.__dict__.setdefault(_SHARED, {})
