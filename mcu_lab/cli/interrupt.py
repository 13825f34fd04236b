"""Ctrl-C: heard at once, and a search that is under way may still say what it has found."""

from __future__ import annotations

import signal
import sys
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Timer, current_thread, main_thread
from types import FrameType

#: What a shell says of a program that SIGINT ended.
EXIT_CODE = 128 + signal.SIGINT


class Interrupted(BaseException):
    """Ctrl-C. No KeyboardInterrupt, because others would answer that in their own way."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


@contextmanager
def heard() -> Iterator[None]:
    """Ctrl-C raises Interrupted inside, and once more where Python has to swallow it (in callbacks, say)."""
    before = sys.unraisablehook

    def again(swallowed: sys.UnraisableHookArgs) -> None:
        if isinstance(swallowed.exc_value, Interrupted):
            Timer(0.01, interrupt_main).start()
        else:
            before(swallowed)

    sys.unraisablehook = again
    try:
        with _handled(_interrupt):
            yield
    finally:
        sys.unraisablehook = before


@contextmanager
def kept() -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C only makes the function given return True; a second one raises Interrupted."""
    pressed = Event()

    def first(number: int, frame: FrameType | None) -> None:
        if pressed.is_set():
            raise Interrupted
        pressed.set()

    with _handled(first):
        yield pressed.is_set


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if current_thread() is not main_thread():  # only there can signals be handled
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
