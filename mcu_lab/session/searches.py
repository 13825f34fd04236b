"""A front end's searches: one at a time, beside the conversation, with progress and cancel."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock

from mcu_lab.errors import InputError
from mcu_lab.search.techniques import TECHNIQUES
from mcu_lab.session import events, requests
from mcu_lab.session.edits import Edit, Found
from mcu_lab.session.fitting import fitted, front
from mcu_lab.session.front import Point, point_words
from mcu_lab.session.session import Snapshot
from mcu_lab.view.words import bytes_words

PROGRESS_EVERY_S = 0.1

#: What each technique does, for people who choose among them.
WORDS = {
    "order": "run the operators in another order",
    "alias": "operators that only rearrange move no byte",
    "inplace": "outputs take over their input's buffer",
    "rows": "stages execute row by row through line buffers, nothing made twice",
    "channels": "stages execute in slices of channels, nothing made twice",
    "patches": "stages execute in patches, and make what these share again",
}

Emit = Callable[[events.Event], None]
Beside = Callable[[str, int | None, Callable[[], None]], None]


class Searches:
    """``emit`` tells the front end something; ``beside`` runs a function on a thread of its own."""

    def __init__(self, emit: Emit, beside: Beside) -> None:
        self._emit = emit
        self._beside = beside
        self._lock = Lock()
        self._cancel: Event | None = None
        #: Those of the last front.
        self.points: tuple[Point, ...] = ()

    def techniques(self) -> tuple[events.Technique, ...]:
        """What a search can be allowed to do."""
        return tuple(events.Technique(name, WORDS.get(name, name)) for name in sorted(TECHNIQUES))

    def cancel(self) -> None:
        """Let the running search, if there is one, answer with the best that it has found."""
        with self._lock:
            if self._cancel:
                self._cancel.set()

    def start(
        self, request: requests.Fit | requests.AskFront, now: Snapshot, edit: Callable[[int, int, Edit], None]
    ) -> None:
        """Begin a search for the decisions of ``now``. InputError while another one runs. ``edit`` makes an edit."""
        with self._lock:
            if self._cancel:
                raise InputError("a search is running already.", hint="Cancel it first.")
            cancel = self._cancel = Event()

        def run() -> None:
            try:
                if isinstance(request, requests.Fit):
                    found = self._fitted(request, now, cancel)
                else:
                    self._front(request, now, cancel)
            finally:
                with self._lock:
                    self._cancel = None
            if isinstance(request, requests.Fit):
                edit(request.id, request.rev, found)

        self._beside("mcu-lab-search", request.id, run)

    def chosen(self, point: int, now: Snapshot) -> Found:
        """The edit that takes over a point of the last front."""
        points = self.points
        if not 0 <= point < len(points):
            raise InputError(f"the front has {len(points)} points, there is no number {point}.", where="front")
        chosen = points[point]
        return Found(chosen.schedule, f"front: {point_words(chosen)}", None, chosen.rewrites)

    def _fitted(self, request: requests.Fit, now: Snapshot, cancel: Event) -> Found:
        return fitted(
            now.graph,
            now.decisions,
            report=self._reporter(request.id),
            cancelled=cancel.is_set,
            use=frozenset(request.use),
            max_mac_factor=request.max_mac_factor,
            seconds=request.seconds,
        )

    def _front(self, request: requests.AskFront, now: Snapshot, cancel: Event) -> None:
        self.points = front(
            now.graph,
            now.decisions,
            report=self._reporter(request.id),
            cancelled=cancel.is_set,
            use=frozenset(request.use),
            max_mac_factor=request.max_mac_factor,
            seconds=request.seconds,
        )
        decided = now.decisions.schedule, now.decisions.rewrites
        shown = tuple(
            events.FrontPoint(p.figures, p.mac_factor, point_words(p), (p.schedule, p.rewrites) == decided)
            for p in self.points
        )
        self._emit(events.Front("front", request.id, now.rev, True, shown))

    def _reporter(self, request_id: int) -> Callable[[int, int], None]:
        began = told = time.perf_counter()

        def report(best_bytes: int, bound_bytes: int) -> None:
            nonlocal told
            now = time.perf_counter()
            if now - told >= PROGRESS_EVERY_S:
                told = now
                text = f"best {bytes_words(best_bytes)}, at least {bytes_words(bound_bytes)}, {now - began:.0f} s"
                self._emit(events.Progress("progress", request_id, text, best_bytes, now - began))

        return report
