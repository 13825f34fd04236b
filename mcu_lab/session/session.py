"""Session: one model being worked on, with history. The same object behind a panel, a cell and a script.

Synchronous and thread-safe: every edit either returns the new :class:`Snapshot` or raises and changes nothing.
Snapshots are immutable, so a reader on another thread never sees half an edit. History keeps decisions
only; plans are lowered again, because that is fast and cannot disagree.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from mcu_lab.device import ad_hoc, board, boards
from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.errors import DocumentError, McuLabError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import Problem, verify
from mcu_lab.schedule.document import SUFFIX, AdHoc, Document, load, read_model, relative_model_path, save
from mcu_lab.schedule.model import Schedule
from mcu_lab.session.edits import Decisions, Edit
from mcu_lab.session.fitting import fitted


class StaleEdit(McuLabError):
    """An edit was made for a revision that is no longer the current one."""


@dataclass(frozen=True)
class Snapshot:
    """One revision. ``label`` says what led to it; ``undo`` and ``redo`` what those would take back or make again."""

    rev: int
    label: str
    graph: Graph
    decisions: Decisions
    plan: Plan
    undo: str | None
    redo: str | None

    @property
    def device(self) -> Device:
        return self.decisions.device

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What the verifier says of the plan; worked out when first asked for."""
        return verify(self.plan)


@dataclass(frozen=True)
class _Entry:
    label: str
    decisions: Decisions


Listener = Callable[[Snapshot], None]


def _device(document: Document) -> Device:
    if isinstance(document.device, AdHoc):
        return ad_hoc(document.device.sram_bytes, document.device.flash_bytes)
    return board(document.device)


class Session:
    """A graph, the decisions about it, and how they came about.

    >>> session = Session.open("model.tflite", device="nucleo-f446re")    # doctest: +SKIP
    >>> session.fit().plan                                                # doctest: +SKIP
    >>> session.undo()                                                    # doctest: +SKIP
    """

    def __init__(self, graph: Graph, device: Device, schedule: Schedule | None = None, *, path: str = "") -> None:
        """Start from ``schedule``, or from the order of the file.

        ``path`` names the model file. Raises UnsupportedError when the graph cannot be executed, ScheduleError when
        the schedule is not for it.
        """
        self.path = path
        self._graph = graph
        self._lock = RLock()
        self._past: list[_Entry] = []
        self._future: list[_Entry] = []
        self._now = _Entry("open", Decisions(device, schedule or default_schedule(graph)))
        self._listeners: list[Listener] = []
        self._snapshot = self._lowered(self._now, rev=0)

    @classmethod
    def open(cls, path: str | os.PathLike[str], device: str | Device | None = None) -> Session:
        """A session on a ``.tflite`` model, or on a ``.mcuplan.json`` document and the model it belongs to.

        ``device``: a board's id, a Device, or None for the document's own, or no limits.
        Raises ModelError, UnsupportedError, DocumentError or DeviceError.
        """
        file = Path(path)
        chosen = board(device) if isinstance(device, str) else device
        if not file.name.endswith(SUFFIX):
            return cls(read_tflite(file), chosen or ad_hoc(), path=str(file.resolve()))
        document = load(file)
        model = file.resolve().parent / document.model_path
        graph = read_tflite(read_model(document, file))
        return cls(replace(graph, name=model.stem), chosen or _device(document), document.schedule, path=str(model))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the decisions as a ``.mcuplan.json`` document. Raises DocumentError when that cannot be."""
        now = self._snapshot
        if not self.path or not now.graph.sha256:
            raise DocumentError("a document names its model's file, and this graph was not read from one.")
        size = {m.name: None if m.bytes >= UNLIMITED_BYTES else m.bytes for m in now.device.memories}
        ad_hoc_sizes = AdHoc(size[now.device.arena], size[now.device.constants])
        known = now.device in boards()
        save(
            Path(path),
            Document(
                model_path=relative_model_path(self.path, Path(path)),
                model_sha256=now.graph.sha256,
                device=now.device.id if known else ad_hoc_sizes,
                schedule=now.decisions.schedule,
            ),
        )

    @property
    def snapshot(self) -> Snapshot:
        """The current revision."""
        return self._snapshot

    @property
    def plan(self) -> Plan:
        """The current revision's plan."""
        return self._snapshot.plan

    @property
    def history(self) -> tuple[str, ...]:
        """What was done, oldest first, without what was undone."""
        with self._lock:
            return (*(e.label for e in self._past), self._now.label)

    def apply(self, edit: Edit, *, rev: int | None = None) -> Snapshot:
        """Make one edit. With ``rev``, only if that is still the current revision (StaleEdit otherwise).

        Raises ScheduleError or DeviceError when the graph or the device does not allow it.
        """
        with self._lock:
            self._check(rev)
            entry = _Entry(edit.label(), edit.applied(self._graph, self._now.decisions))
            return self._move(entry, [*self._past, self._now], [])

    def undo(self, *, rev: int | None = None) -> Snapshot:
        """Take back the last edit; without one, nothing changes."""
        with self._lock:
            self._check(rev)
            if not self._past:
                return self._snapshot
            return self._move(self._past[-1], self._past[:-1], [*self._future, self._now])

    def redo(self, *, rev: int | None = None) -> Snapshot:
        """Make the edit again that was undone last; without one, nothing changes."""
        with self._lock:
            self._check(rev)
            if not self._future:
                return self._snapshot
            return self._move(self._future[-1], [*self._past, self._now], self._future[:-1])

    def fit(self, **options: Any) -> Snapshot:
        """Search for the schedule with the least SRAM and make it the current one, as one edit.

        Options are those of :func:`mcu_lab.search.fit.fit`. The session can be read and edited meanwhile; if it was
        edited, the result is refused (StaleEdit), because it answers a question that is no longer asked.
        """
        start = self._snapshot
        return self.apply(fitted(start.graph, start.decisions, **options), rev=start.rev)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every new snapshot, on the thread that made the edit. Returns how to stop it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def _check(self, rev: int | None) -> None:
        if rev is not None and rev != self._snapshot.rev:
            raise StaleEdit(
                f"made for revision {rev}, but the session is at revision {self._snapshot.rev}.",
                where="edit",
                hint="Look at the new state and try again.",
            )

    def _move(self, entry: _Entry, past: list[_Entry], future: list[_Entry]) -> Snapshot:
        """Lower first: when that raises, nothing has changed."""
        undo = entry.label if past else None
        redo = future[-1].label if future else None
        snapshot = self._lowered(entry, self._snapshot.rev + 1, undo, redo)
        self._past, self._now, self._future, self._snapshot = past, entry, future, snapshot
        for listener in tuple(self._listeners):
            listener(snapshot)
        return snapshot

    def _lowered(self, entry: _Entry, rev: int, undo: str | None = None, redo: str | None = None) -> Snapshot:
        plan = lower(self._graph, entry.decisions.schedule, entry.decisions.device)
        return Snapshot(rev, entry.label, self._graph, entry.decisions, plan, undo, redo)
