"""When a search has to stop, and how it tells how far it got."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

#: Called now and then with (best known, proven lower bound), both in bytes.
Progress = Callable[[int, int], None]
#: Asked now and then, possibly from another thread.
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Limits:
    """``until`` is a moment of :func:`time.monotonic`, or None. A search that meets no limit is deterministic."""

    until: float | None = None
    cancelled: Cancelled | None = None

    @staticmethod
    def starting_now(seconds: float | None = None, cancelled: Cancelled | None = None) -> Limits:
        return Limits(None if seconds is None else time.monotonic() + seconds, cancelled)

    @property
    def seconds_left(self) -> float:
        return float("inf") if self.until is None else max(0.0, self.until - time.monotonic())

    @property
    def reached(self) -> str:
        """``cancelled`` or ``time`` once that is so, else empty."""
        if self.cancelled and self.cancelled():
            return "cancelled"
        return "time" if self.seconds_left <= 0 else ""


NO_LIMITS = Limits()
