"""When a search has to stop, and how it tells how far it got."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: Called now and then with (best known, proven lower bound), both in bytes.
Progress = Callable[[int, int], None]
#: Asked now and then, possibly from another thread.
Cancelled = Callable[[], bool]


#: How long a search may take to wind up once a limit is reached.
WINDING_UP_S = 0.4


@dataclass(frozen=True)
class Limits:
    """``until`` is a moment of :func:`time.monotonic`, or None. A search that meets no limit is deterministic."""

    until: float | None = None
    cancelled: Cancelled | None = None
    _noticed: list[float] = field(default_factory=list, repr=False, compare=False)

    @staticmethod
    def starting_now(seconds: float | None = None, cancelled: Cancelled | None = None) -> Limits:
        """Limits of a search that is to have ended in so many seconds: it begins to wind up before."""
        if seconds is None:
            return Limits(None, cancelled)
        return Limits(time.monotonic() + max(0.7 * seconds, seconds - WINDING_UP_S), cancelled)

    @property
    def seconds_left(self) -> float:
        return float("inf") if self.until is None else max(0.0, self.until - time.monotonic())

    @property
    def reached(self) -> str:
        """``cancelled`` or ``time`` once that is so, else empty. Who looks up by itself then gives what it has."""
        if self.cancelled and self.cancelled():
            return "cancelled"
        return "time" if self.seconds_left <= 0 else ""

    @property
    def overdue(self) -> str:
        """The same WINDING_UP_S after it was first noticed here: for work that did not look up by itself."""
        reached = self.reached
        if reached and not self._noticed:
            self._noticed.append(time.monotonic())
        return reached if reached and time.monotonic() - self._noticed[0] >= WINDING_UP_S else ""


NO_LIMITS = Limits()
