"""Work beside the conversation: on threads of its own, the newest of its kind first, with cancel."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread


class Latest:
    """Runs jobs one at a time; a job that waits gives way to a newer one.

    With ``quiet_seconds``, a job begins when no newer one has come for so long.

    >>> latest = Latest("doc"); latest.run(lambda: None, overtaken=lambda: None); latest.close()
    """

    def __init__(self, name: str, *, quiet_seconds: float = 0.0) -> None:
        self._name = name
        self._quiet_seconds = quiet_seconds
        self._changed = Condition()
        self._waiting: tuple[Callable[[], None], Callable[[], None]] | None = None
        self._running = False
        self._closed = False

    def run(self, job: Callable[[], None], *, overtaken: Callable[[], None]) -> None:
        """Run ``job`` soon; ``overtaken`` is called instead when a newer one comes before it has begun."""
        with self._changed:
            if self._closed:
                return
            given_way, self._waiting = self._waiting, (job, overtaken)
            start, self._running = not self._running, True
            self._changed.notify()
        if given_way:
            given_way[1]()
        if start:
            Thread(target=self._work, name=self._name, daemon=True).start()

    def close(self) -> None:
        """Start nothing more."""
        with self._changed:
            self._closed, self._waiting = True, None
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                # A thread lingers a little: the next preview of a slider is never far.
                if self._waiting is None and not self._closed:
                    self._changed.wait(timeout=1.0)
                while self._quiet_seconds and not self._closed and self._changed.wait(self._quiet_seconds):
                    pass
                if self._waiting is None:
                    self._running = False
                    return
                (job, _), self._waiting = self._waiting, None
            job()
