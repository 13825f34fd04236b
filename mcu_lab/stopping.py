"""Long work that can be told to stop: its loops ask now and then whether to go on.

Between the one who knows that time is up (a search) and the loops that take it (lowering, placing, region rules) lie
pure functions that have nothing to do with time; so the question is kept in a context variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopped(Exception):
    """Work was told to stop. Caught by whoever said so; never shown."""


#: Why to stop, or empty.
Reason = Callable[[], str]
_reason: ContextVar[Reason | None] = ContextVar("reason to stop", default=None)


@contextmanager
def stopping_when(reason: Reason) -> Iterator[None]:
    """Whatever runs inside ends with Stopped, at its next look up, once there is a ``reason``."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


def look_up() -> None:
    """For loops that may take long. Raises Stopped when there is a reason to."""
    reason = _reason.get()
    if reason is not None and (why := reason()):
        raise Stopped(why)
