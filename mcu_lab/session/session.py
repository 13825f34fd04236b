"""A session: one graph, its decisions, and their history. Headless and synchronous; safe to use from any thread.

The kernel owns the truth. Every call that changes something returns the new :class:`Snapshot` or raises and changes
nothing. Snapshots are immutable, so a reader on another thread never sees half an edit. History keeps decisions only;
what follows from them is worked out again, because that is fast and cannot disagree.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any

from mcu_lab.cost import Cost
from mcu_lab.device import ad_hoc, board, boards
from mcu_lab.device.model import Device
from mcu_lab.errors import DocumentError, InputError, McuLabError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule
from mcu_lab.ops import drawn
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import Problem
from mcu_lab.rewriting import Rewrite, rewrite_named, rewritten
from mcu_lab.schedule.bundle_text import SUFFIX as BUNDLE_SUFFIX
from mcu_lab.schedule.document import (
    SUFFIX,
    Document,
    device_of,
    let_read,
    load,
    model_path,
    read_model,
    relative_model_path,
)
from mcu_lab.schedule.json_text import normal, to_text
from mcu_lab.schedule.model import Schedule
from mcu_lab.session import live, on_disk
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.edits import Edit, decisions_after
from mcu_lab.session.figures import Figures
from mcu_lab.session.fitting import fitted
from mcu_lab.session.outcome import Outcome, Outcomes
from mcu_lab.session.rewriting import SetRewrites
from mcu_lab.session.timing import Timing
from mcu_lab.view.picture import Projection
from mcu_lab.view.words import bytes_words


class StaleEdit(McuLabError):
    """An edit was made for a revision that is no longer the current one."""


@dataclass(frozen=True)
class Entry:
    """One line of the history: what was done, what it led to, and what that takes."""

    label: str
    decisions: Decisions
    figures: Figures


@dataclass(frozen=True)
class Snapshot:
    """One revision, at ``position`` in a history of ``length``.

    ``undo`` and ``redo`` name what those would take back or make again. ``base`` is the graph that the file has.
    """

    rev: int
    base: Graph
    outcome: Outcome
    entry: Entry
    position: int
    length: int
    undo: str | None
    redo: str | None

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def decisions(self) -> Decisions:
        return self.entry.decisions

    @property
    def device(self) -> Device:
        return self.entry.decisions.device

    @property
    def graph(self) -> Graph:
        """The graph that is planned for: the file's after the rewrites that were decided."""
        return self.outcome.plan.graph

    @property
    def plan(self) -> Plan:
        return self.outcome.plan

    @property
    def cost(self) -> Cost:
        return self.outcome.cost

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the verifier says of the plan; worked out when first asked for."""
        return self.outcome.problems

    @property
    def picture(self) -> Projection:
        """The plan, ready to draw; worked out when first asked for."""
        return self.outcome.picture

    @property
    def timing(self) -> Timing:
        """When each step runs."""
        return self.outcome.timing


Listener = Callable[[Snapshot], None]


class Session:
    """A graph, the decisions about it, and how they came about.

    >>> session = Session.open("model.tflite", device="nucleo-f446re")    # doctest: +SKIP
    >>> session.fit().plan                                                # doctest: +SKIP
    >>> session.undo()                                                    # doctest: +SKIP
    """

    def __init__(
        self,
        graph: Graph,
        device: Device,
        schedule: Schedule | None = None,
        *,
        rewrites: tuple[Rewrite, ...] = (),
        path: str = "",
        document: Path | None = None,
        left: str | None = None,
    ) -> None:
        """Start from ``schedule`` of the graph after the ``rewrites``, or from the order of the file.

        ``path`` names the model file, ``document`` the file that the schedule came from, ``left`` the content of that
        (:func:`on_disk.digest`). Operators that cannot be executed are planned as opaque ones, which is a problem of
        every plan. Raises UnsupportedError when the graph cannot be planned even so, ScheduleError when the
        schedule is not for it, or a rewrite cannot be applied.
        """
        self.path = path
        self.document = document
        self._left = left
        self.id = live.enlist(self)
        graph = drawn(graph)
        self._base = graph
        self._lock = RLock()
        self._listeners: list[Listener] = []
        self._outcomes = Outcomes(graph)
        chosen = schedule or default_schedule(rewritten(graph, rewrites))
        decisions = Decisions(device, chosen, rewrites=rewrites)
        outcome = self._outcomes.of(decisions)
        self._saved = decisions
        self._entries: tuple[Entry, ...] = (Entry("open", decisions, outcome.figures),)
        self._snapshot = Snapshot(0, graph, outcome, self._entries[0], 0, 1, None, None)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        device: str | Device | None = None,
        *,
        model: str | os.PathLike[str] | None = None,
    ) -> Session:
        """A session on a ``.tflite`` model, or on a ``.mcuplan.json`` document and the model it belongs to.

        ``device``: a board's id, a Device, or None for the document's own, or no limits. ``model``: where the
        document's model is, when it is not where the document says, or outside of its folder.
        Raises ModelError, UnsupportedError, DocumentError or DeviceError.
        """
        file = Path(path)
        chosen = board(device) if isinstance(device, str) else device
        if file.name.endswith(BUNDLE_SUFFIX):
            hint = "`mcu-lab verify` and `mcu-lab export` take it, and in Python `mcu_lab.BundleSession.open`."
            raise InputError("holds several models.", where=str(path), hint=hint)
        if not file.name.endswith(SUFFIX):
            if model is not None:
                raise InputError("is no plan, so no other model goes with it.", where=str(path))
            return cls(read_tflite(file), chosen or ad_hoc(), path=str(file.resolve()))
        left = on_disk.digest(file)
        return cls.of_document(load(file), file, chosen, None if model is None else Path(model), left=left)

    @classmethod
    def of_document(
        cls,
        document: Document,
        file: Path,
        device: Device | None = None,
        model: Path | None = None,
        *,
        left: str | None = None,
    ) -> Session:
        """A session on what ``document``, which lies or will lie at ``file``, says. Raises as :meth:`open` does.

        ``left`` names the content of the file before it was read: what comes between is noticed later.
        """
        model = model.resolve() if model else model_path(document, file)
        graph = replace(read_tflite(read_model(document, file, model)), name=model.stem)
        chosen = device or device_of(document, file)
        return cls(
            graph,
            chosen,
            document.schedule,
            rewrites=document.rewrites,
            path=str(model),
            document=file.resolve(),
            left=left,
        )

    def save(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> Path:
        """Write the decisions as a ``.mcuplan.json`` document, by default where they came from.

        From then on that is the session's document. Raises FileChanged, unless to ``overwrite``, when there is another
        file already, or the document is no longer what was last read or written; DocumentError when it cannot be.
        """
        with self._lock:
            file = Path(path) if path is not None else self.document
            if file is None:
                raise DocumentError("no file was named, and the session was not opened from a document.")
            data = to_text(self.as_document(file)).encode()
            instead_of = self._left if file.resolve() == self.document else None
            on_disk.write(file, data, instead_of=instead_of, overwrite=overwrite)
            let_read(self.path, file)
            self.document, self._left = file.resolve(), on_disk.digest_of(data)
            self._saved = self._snapshot.decisions
            self._tell()
            return file

    def reload(self, *, rev: int | None = None) -> Snapshot:
        """Take what the document says by now, as one edit that can be undone. Raises as :meth:`open` does."""
        with self._lock:
            self._check(rev)
            if self.document is None:
                raise DocumentError("the session has no document.")
            left, document = on_disk.digest(self.document), load(self.document)
            if document.model_sha256 != self._base.sha256:
                raise DocumentError("it belongs to another model by now.", where=self.document.name)
            there = Decisions(device_of(document, self.document), document.schedule, rewrites=document.rewrites)
            now = self._snapshot.decisions
            same = replace(now, schedule=normal(now.schedule), proof=None) == there
            self._outcomes.of(there)
            self._left, self._saved = left, now if same else there
            if same:
                self._tell()
                return self._snapshot
            return self._append("as another program wrote it", there)

    def moved(self, path: Path, document: Path | None) -> None:
        """The model and the document lie elsewhere now. A document that names its model by another path is written
        anew, if it still says what was saved. Raises DocumentError when it cannot be."""
        with self._lock:
            self.path, self.document = str(path), document
            try:
                if document is not None and self.is_saved_in(document):
                    self._left, said = on_disk.digest(document), load(document)
                    if said.model_path != (here := relative_model_path(path, document)):
                        data = to_text(replace(said, model_path=here)).encode()
                        on_disk.write(document, data, instead_of=self._left, overwrite=False)
                        self._left = on_disk.digest_of(data)
                        let_read(path, document)
            finally:
                self._tell()

    def is_saved_in(self, file: Path) -> bool:
        """Whether a file is the document as it was last read or written, or says the same, its model's path aside."""
        if on_disk.digest(file) == self._left:
            return True
        try:
            said = load(file)
            saved = self.as_document(file, self._saved)
        except McuLabError:
            return False
        return said == replace(saved, model_path=said.model_path, schedule=normal(saved.schedule))

    @property
    def left(self) -> str | None:
        """Names what the document was last read or written as (:func:`on_disk.digest`)."""
        return self._left

    def as_document(self, file: Path, decisions: Decisions | None = None) -> Document:
        """What a document at ``file`` would say, of the present decisions or of others. DocumentError for a graph that
        no file holds."""
        said = decisions or self._snapshot.decisions
        sha256, device = self._base.sha256, said.device
        if not self.path or not sha256:
            raise DocumentError("a document names its model's file, and this graph was not read from one.")
        return Document(
            model_path=relative_model_path(self.path, file),
            model_sha256=sha256,
            device=device.id if device in boards() else device,
            schedule=said.schedule,
            rewrites=said.rewrites,
        )

    def text(self) -> str:
        """The document's text as saving would write it."""
        return to_text(self.as_document(self.document or Path(self.path).with_suffix(SUFFIX)))

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the session is made of: the model's, and the document's if there is one."""
        return tuple(file for file in (Path(self.path) if self.path else None, self.document) if file)

    @property
    def saved(self) -> Decisions:
        """The decisions last saved, or opened."""
        return self._saved

    @property
    def dirty(self) -> bool:
        """Whether the decisions are others than those last saved, or opened."""
        now, saved = self._snapshot.decisions, self._saved
        return replace(now, proof=saved.proof) != saved

    @property
    def snapshot(self) -> Snapshot:
        """The current revision."""
        return self._snapshot

    @property
    def plan(self) -> Plan:
        """The current revision's plan."""
        return self._snapshot.plan

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The whole history, oldest first; what lies behind ``snapshot.position`` was undone."""
        return self._entries

    @property
    def history(self) -> tuple[str, ...]:
        """What was done, oldest first, without what was undone."""
        return tuple(e.label for e in self._entries[: self._snapshot.position + 1])

    def apply(self, edit: Edit | SetRewrites, *, rev: int | None = None) -> Snapshot:
        """Make one edit. With ``rev``, only if that is still the current revision (StaleEdit otherwise).

        An edit that decides nothing new changes nothing. Raises ScheduleError or DeviceError when the graph or the
        device does not allow it.
        """
        with self._lock:
            self._check(rev)
            now = self._snapshot
            decisions = decisions_after(edit, self._base, now.plan, now.decisions)
            if decisions is now.decisions or decisions == now.decisions:
                return now
            return self._append(edit.words(now.plan), decisions)

    def preview(self, edit: Edit | SetRewrites, *, rev: int | None = None) -> Figures:
        """What :meth:`apply` would lead to, or raise, without making the edit."""
        self._check(rev)
        now = self._snapshot
        decisions = decisions_after(edit, self._base, now.plan, now.decisions)
        if decisions is now.decisions:
            return now.entry.figures
        return self._outcomes.of(decisions).figures

    def outcome(self, decisions: Decisions) -> Outcome:
        """What follows from any decisions about the graph. Raises ScheduleError or DeviceError."""
        return self._outcomes.of(decisions)

    def undo(self, *, rev: int | None = None) -> Snapshot:
        """Take back the last edit; without one, nothing changes."""
        with self._lock:
            return self.jump(max(self._snapshot.position - 1, 0), rev=rev)

    def redo(self, *, rev: int | None = None) -> Snapshot:
        """Make the edit again that was undone last; without one, nothing changes."""
        with self._lock:
            return self.jump(min(self._snapshot.position + 1, len(self._entries) - 1), rev=rev)

    def jump(self, position: int, *, rev: int | None = None) -> Snapshot:
        """Undo or redo until ``position`` of the history. Raises InputError when there is no such."""
        with self._lock:
            self._check(rev)
            if not 0 <= position < len(self._entries):
                raise InputError(f"the history has positions 0 to {len(self._entries) - 1}, not {position}.")
            if position == self._snapshot.position:
                return self._snapshot
            return self._show(self._outcomes.of(self._entries[position].decisions), position)

    def rename(self, position: int, label: str) -> Snapshot:
        """Give an entry of the history another name."""
        with self._lock:
            if not 0 <= position < len(self._entries) or not label.strip():
                raise InputError("a name needs a position of the history, and some text.")
            renamed = replace(self._entries[position], label=label.strip())
            self._entries = (*self._entries[:position], renamed, *self._entries[position + 1 :])
            return self._show(self._snapshot.outcome, self._snapshot.position)

    def revert(self, *, rev: int | None = None) -> Snapshot:
        """Go back to what was last saved, or opened; as one edit, so that it can be undone."""
        with self._lock:
            self._check(rev)
            if not self.dirty:
                return self._snapshot
            return self._append("back to what was saved", self._saved)

    def recall(self, entries: Sequence[Entry], position: int) -> Snapshot:
        """Take over a history that was kept elsewhere, as it was at ``position``. What is saved stays what it was."""
        with self._lock:
            if not 0 <= position < len(entries):
                raise InputError(f"a history of {len(entries)} entries has no position {position}.")
            outcome = self._outcomes.of(entries[position].decisions)
            self._entries = tuple(entries)
            return self._show(outcome, position)

    def extend(self, entries: Sequence[Entry], position: int, *, rev: int | None = None) -> Snapshot:
        """Append a history that was kept elsewhere, as edits after those made here, and go to its ``position``."""
        with self._lock:
            self._check(rev)
            if not 0 <= position < len(entries):
                raise InputError(f"a history of {len(entries)} entries has no position {position}.")
            outcome = self._outcomes.of(entries[position].decisions)
            here = self._entries[: self._snapshot.position + 1]
            self._entries = (*here, *entries)
            return self._show(outcome, len(here) + position)

    def fit(self, **options: Any) -> Snapshot:
        """Search for the schedule with the least SRAM and make it the current one, as one edit.

        Options are those of :func:`mcu_lab.search.fit.fit`. The session can be read and edited meanwhile; if it was
        edited, the result is refused (StaleEdit), because it answers a question that is no longer asked.
        """
        start = self._snapshot
        return self.apply(fitted(start.graph, start.decisions, **options), rev=start.rev)

    def rewrite(self, *rewrites: Rewrite | str) -> Snapshot:
        """Rewrite the file's graph so, in this order, as one edit; without any, back to the graph that the file has.

        A rewrite can be given by its name. Raises InputError for one that there is not, ScheduleError for one that the
        graph does not allow.
        """
        chosen = tuple(rewrite_named(r) if isinstance(r, str) else r for r in rewrites)
        return self.apply(SetRewrites(chosen))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every new snapshot, on the thread that made the edit. Returns how to stop it.

        After saving it is called with the snapshot that there is.
        """
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def timeline(self) -> Any:
        """A widget that shows memory over time, live with this session."""
        return _faces().show(self, view="timeline")

    def schedule(self) -> Any:
        """A widget that shows the operators and stages to edit, live with this session."""
        return _faces().show(self, view="schedule")

    def _ipython_display_(self) -> None:
        _faces().display(self)

    def __repr__(self) -> str:
        now = self._snapshot
        arena = bytes_words(now.entry.figures.arena_bytes)
        return f"<Session: {now.graph.name} on {now.device.name}, arena {arena}>"

    def _check(self, rev: int | None) -> None:
        if rev is not None and rev != self._snapshot.rev:
            raise StaleEdit(
                f"made for revision {rev}, but the session is at revision {self._snapshot.rev}.",
                where="edit",
                hint="Look at the new state and try again.",
            )

    def _append(self, label: str, decisions: Decisions) -> Snapshot:
        """The outcome first: when that raises, nothing has changed."""
        outcome = self._outcomes.of(decisions)
        position = self._snapshot.position + 1
        self._entries = (*self._entries[:position], Entry(label, decisions, outcome.figures))
        return self._show(outcome, position)

    def _show(self, outcome: Outcome, position: int) -> Snapshot:
        entry = self._entries[position]
        undo = entry.label if position else None
        redo = self._entries[position + 1].label if position + 1 < len(self._entries) else None
        rev, length = self._snapshot.rev + 1, len(self._entries)
        snapshot = Snapshot(rev, self._base, outcome, entry, position, length, undo, redo)
        self._snapshot = snapshot
        self._tell()
        return snapshot

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener(self._snapshot)


def _faces() -> Any:
    """The widgets, looked up by name: faces stand above a session, which has to work without any."""
    return import_module("mcu_lab.widgets")
