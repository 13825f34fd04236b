"""A front end's end of a session: requests come in as JSON, answers and news go out.

Knows the protocol and nothing of what carries it, so that a panel's comm, a widget's messages and a test
drive the same code. Requests may arrive on any thread; what takes long runs on a thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, RLock, Thread

import mcu_lab
from mcu_lab.device import boards
from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.errors import InputError, McuLabError
from mcu_lab.plan.verify import ProblemCode
from mcu_lab.schedule.document import SUFFIX
from mcu_lab.session import edits, protocol
from mcu_lab.session.fitting import fitted
from mcu_lab.session.session import Session, Snapshot
from mcu_lab.session.wire import Json, from_json, to_json
from mcu_lab.view.projection import describe, project
from mcu_lab.view.words import bytes_words

#: For a front end that names no board: 256 KiB of SRAM, 1 MiB of flash, and in many drawers.
FIRST_BOARD = "arduino-nano-33-ble"
PROGRESS_EVERY_S = 0.1


class Channel:
    """Serves one front end. ``send`` gets JSON values, possibly from several threads, one at a time.

    With ``session``, the front end attaches to it; without, it has to ``open`` a model file first.
    """

    def __init__(self, send: Callable[[Json], None], session: Session | None = None) -> None:
        self._send = send
        self._lock = RLock()
        self._session = session
        self._unsubscribe: Callable[[], None] = lambda: None
        self._cancel_fit: Event | None = None
        self._answering: int | None = None
        self._closed = False

    def receive(self, data: Json) -> None:
        """Carry out one request. Every failure is answered; nothing is raised."""
        given = data.get("id") if isinstance(data, dict) else None
        request_id = given if type(given) is int else None
        try:
            check_version(data)
            self._carry_out(from_json(protocol.Request, data))
        except Exception as error:
            self._emit(failed(request_id, error))

    def close(self) -> None:
        """The front end is gone: stop its search and tell it nothing more."""
        with self._lock:
            self._closed = True
            self._unsubscribe()
            if self._cancel_fit is not None:
                self._cancel_fit.set()

    def _carry_out(self, request: protocol.Request) -> None:
        match request:
            case protocol.Open():
                self._watch(open_session(request.path, request.device))
                self._greet(request.id)
            case protocol.Attach():
                self._watch(self._opened())
                self._greet(request.id)
            case protocol.SetDevice():
                self._edit(request.id, request.rev, edits.SetDevice(request.device))
            case protocol.SetBudget():
                self._edit(request.id, request.rev, edits.SetBudget(request.sram_bytes, request.flash_bytes))
            case protocol.SetSchedule():
                self._edit(request.id, request.rev, edits.SetSchedule(request.schedule, request.label))
            case protocol.Undo():
                self._answer(request.id, lambda: self._opened().undo(rev=request.rev))
            case protocol.Redo():
                self._answer(request.id, lambda: self._opened().redo(rev=request.rev))
            case protocol.Fit():
                self._start_fit(request)
            case protocol.Cancel():
                if self._cancel_fit is not None:
                    self._cancel_fit.set()
                self._emit(protocol.Done("done", request.id))

    def _opened(self) -> Session:
        if self._session is None:
            raise InputError("no model is open.", hint="Open one first.")
        return self._session

    def _watch(self, session: Session) -> None:
        self._unsubscribe()
        self._session = session
        self._unsubscribe = session.subscribe(self._on_snapshot)

    def _greet(self, request_id: int) -> None:
        session = self._opened()
        snapshot = session.snapshot
        self._emit(
            protocol.Opened(
                "opened",
                request_id,
                protocol.PROTOCOL,
                mcu_lab.__version__,
                describe(snapshot.graph, session.path),
                tuple(board_info(d) for d in boards()),
                state(snapshot, None),
            )
        )
        self._judge(snapshot)

    def _edit(self, request_id: int, rev: int, edit: edits.Edit) -> None:
        self._answer(request_id, lambda: self._opened().apply(edit, rev=rev))

    def _answer(self, request_id: int, change: Callable[[], Snapshot]) -> None:
        """Make a change; the snapshot that it brings is the answer. One that changes nothing is answered too."""
        with self._lock:
            before = self._opened().snapshot
            self._answering = request_id
            try:
                after = change()
            finally:
                self._answering = None
            if after is before:
                self._emit(state(after, request_id))

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self._emit(state(snapshot, self._answering))
        self._judge(snapshot)

    def _judge(self, snapshot: Snapshot) -> None:
        """Verify beside the conversation: the picture is there first, the tick follows."""

        def run() -> None:
            began = time.perf_counter()
            problems = tuple(protocol.ProblemInfo(p.code, p.message, p.step, p.buffer) for p in snapshot.problems)
            if self._opened().snapshot is snapshot:
                right = all(p.code is ProblemCode.CAPACITY for p in snapshot.problems)
                seconds = time.perf_counter() - began
                self._emit(protocol.Verdict("verdict", snapshot.rev, right, problems, seconds))

        self._beside("mcu-lab-verify", None, run)

    def _start_fit(self, request: protocol.Fit) -> None:
        start = self._opened().snapshot
        if self._cancel_fit is not None:
            raise InputError("a search is running already.", hint="Cancel it first.")
        cancel = self._cancel_fit = Event()
        began = told = time.perf_counter()

        def report(best_bytes: int, bound_bytes: int) -> None:
            nonlocal told
            now = time.perf_counter()
            if now - told >= PROGRESS_EVERY_S:
                told = now
                text = f"best {bytes_words(best_bytes)}, at least {bytes_words(bound_bytes)}, {now - began:.0f} s"
                self._emit(protocol.Progress("progress", request.id, text, best_bytes, now - began))

        def run() -> None:
            try:
                edit = fitted(start.graph, start.decisions, report=report, cancelled=cancel.is_set)
            finally:
                self._cancel_fit = None
            self._edit(request.id, request.rev, edit)

        self._beside("mcu-lab-fit", request.id, run)

    def _beside(self, name: str, request_id: int | None, run: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                run()
            except Exception as error:
                self._emit(failed(request_id, error))

        Thread(target=guarded, name=name, daemon=True).start()

    def _emit(self, event: protocol.Event) -> None:
        message = to_json(event)
        with self._lock:
            if not self._closed:
                self._send(message)


def open_session(path: str, device: str | None) -> Session:
    """A session on a file named relative to the working directory. Explains where it looked when it is not there."""
    file = Path(path)
    if not file.is_file():
        raise InputError(
            f"there is no file {path!r} in {Path.cwd()}, where the kernel runs.",
            where="open",
            hint="The kernel sees other folders than the file browser: start JupyterLab and kernel on the same disk.",
        )
    if file.name.endswith(SUFFIX):
        return Session.open(file)
    return Session.open(file, device or FIRST_BOARD)


def state(snapshot: Snapshot, request_id: int | None) -> protocol.State:
    """A snapshot as the message that shows it."""
    proof = snapshot.decisions.proof
    return protocol.State(
        "state",
        request_id,
        snapshot.rev,
        snapshot.label,
        snapshot.undo,
        snapshot.redo,
        board_info(snapshot.device),
        snapshot.decisions.schedule,
        protocol.Proof(proof.proven, proof.text) if proof else None,
        project(snapshot.plan),
    )


def board_info(device: Device) -> protocol.BoardInfo:
    """A device as the board picker shows it."""
    sram, flash = (n if n < UNLIMITED_BYTES else None for n in (device.sram_bytes, device.flash_bytes))
    return protocol.BoardInfo(device.id, device.name, device.core.name, device.core.clock_hz, sram, flash)


def failed(request_id: int | None, error: Exception) -> protocol.Failed:
    """An exception in words. One that is not ours is a bug, and says so."""
    if isinstance(error, McuLabError):
        return protocol.Failed("failed", request_id, type(error).__name__, error.what, error.where, error.hint)
    what = f"{type(error).__name__}: {error}"
    return protocol.Failed("failed", request_id, "bug", what, "", "This is a bug in mcu_lab: please report it.")


def check_version(data: Json) -> None:
    """Raises a VersionSkew for a first message of another protocol, before its fields are looked at."""
    if not isinstance(data, dict) or data.get("type") not in ("open", "attach"):
        return
    theirs = data.get("protocol")
    if theirs != protocol.PROTOCOL:
        older_page = not isinstance(theirs, int) or theirs < protocol.PROTOCOL
        fix = (
            "Update mcu-lab where JupyterLab runs and reload the page."
            if older_page
            else ("Update mcu-lab where the kernel runs and restart the kernel.")
        )
        raise VersionSkew(
            f"this page has mcu-lab {data.get('version', 'of unknown version')} (protocol {theirs}), the kernel "
            f"has mcu_lab {mcu_lab.__version__} (protocol {protocol.PROTOCOL}); they do not understand each other.",
            where="versions",
            hint=fix,
        )


class VersionSkew(McuLabError):
    """Front end and kernel have versions of the protocol that do not fit together."""
