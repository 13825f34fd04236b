"""How news reach a front end from any thread."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Any


class Line:
    """Sends in the context of what the front end said last.

    A kernel with subshells sends the next message of a comm to the subshell in whose context the comm spoke last. News
    from another thread, or on account of another front end's edit, would lead it to a subshell that is none of its
    own, and that may be gone by then.
    """

    def __init__(self, send: Callable[[Any], None]) -> None:
        self._send = send
        self._context = copy_context()

    def heard(self) -> None:
        """The front end has said something; to be called in the context of that."""
        self._context = copy_context()

    def send(self, data: Any) -> None:
        self._context.copy().run(self._send, data)
