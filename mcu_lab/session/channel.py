"""A front end's end of a session: requests come in as JSON, answers and news go out.

Knows the protocol and nothing of what carries it, so that a panel's comm, a widget's messages and a test
drive the same code. Requests may arrive on any thread; what takes long runs on a thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import RLock, Thread, local
from typing import Any

import mcu_lab
from mcu_lab.device import boards
from mcu_lab.errors import FileChanged, InputError, McuLabError
from mcu_lab.plan.verify import ProblemCode
from mcu_lab.session import delta, events, folder, lanes, legal, live, opening, others, protocol, requests, reshaping
from mcu_lab.session.edits import Edit
from mcu_lab.session.exporting import export, node_data_text
from mcu_lab.session.following import follow
from mcu_lab.session.jobs import Latest
from mcu_lab.session.notices import Notices
from mcu_lab.session.recovery import Recovery
from mcu_lab.session.rewriting import SetRewrites
from mcu_lab.session.script import cell, file_from_here, script
from mcu_lab.session.searches import Searches
from mcu_lab.session.session import Session, Snapshot
from mcu_lab.session.wire import Json, from_json, to_json
from mcu_lab.view.rows import step_rows

#: No more single steps than this travel at once.
MOST_STEPS = 500
#: A plan is verified when no other has followed for so long: it would only hold up the next edit.
QUIET_SECONDS = 0.15


class _Overtaken(Exception):
    """Another revision is the current one by now."""


class Channel:
    """Serves one front end. ``send`` gets JSON values, possibly from several threads, one at a time.

    With ``session``, the front end attaches to it; without, it has to ``open`` a file first.
    """

    def __init__(self, send: Callable[[Json], None], session: Session | None = None) -> None:
        self._send = send
        self._lock = RLock()
        self._session = session
        self._shown: Snapshot | None = None
        self._noticed: tuple[events.Notice, ...] = ()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._previews = Latest("mcu-lab-preview")
        self._inspections = Latest("mcu-lab-inspect")
        self._lanes = Latest("mcu-lab-lanes")
        self._verdicts = Latest("mcu-lab-verify", quiet_seconds=QUIET_SECONDS)
        self._searches = Searches(self._emit, self._beside)
        self._answering = local()
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
        """The front end is gone: stop its searches and tell it nothing more."""
        with self._lock:
            self._closed = True
            self._unsubscribe()
        self._previews.close()
        self._inspections.close()
        self._lanes.close()
        self._verdicts.close()
        self._searches.cancel()

    def _carry_out(self, request: protocol.Request) -> None:
        match request:
            case requests.Open():
                opened = opening.open_session(request)
                self._watch(opened.session)
                self._greet(request.id, opened.recovered)
            case requests.Attach():
                self._watch(self._opened() if request.session is None else opening.live_session(request.session))
                self._greet(request.id, None)
            case requests.AskSessions():
                found = tuple(opening.session_info(session) for session in live.sessions())
                self._emit(events.Sessions("sessions", request.id, found))
            case requests.Do():
                self._edit(request.id, request.rev, request.edit)
            case requests.Undo():
                self._answer(request.id, lambda s: s.undo(rev=request.rev))
            case requests.Redo():
                self._answer(request.id, lambda s: s.redo(rev=request.rev))
            case requests.Jump():
                self._answer(request.id, lambda s: s.jump(request.position, rev=request.rev))
            case requests.Revert():
                self._answer(request.id, lambda s: s.revert(rev=request.rev))
            case requests.Discard():
                self._answer(request.id, lambda s: s.revert(rev=request.rev))
                Recovery.of(self._opened()).forget()
            case requests.Reload():
                self._answer(request.id, lambda s: s.reload(rev=request.rev))
                self._look_after_files()
            case requests.BringBack():
                name, rev = request.journal, request.rev
                self._answer(request.id, lambda s: Recovery.of(s).bring_back(s, name, rev=rev))
                self._look_after_files()
            case requests.Drop():
                Recovery.of(self._opened()).drop(self._opened(), request.journal)
                self._look_after_files()
                self._emit(events.Done("done", request.id))
            case requests.Look():
                self._look_after_files()
                self._emit(events.Done("done", request.id))
            case requests.Moved():
                follow(self._opened(), request.old, request.new)
                self._look_after_files()
                self._emit(events.Done("done", request.id))
            case requests.Resync():
                self._resync(request.id)
            case requests.Fit() | requests.AskFront():
                self._searches.start(request, self._opened().snapshot, self._edit)
            case requests.Choose():
                self._edit(request.id, request.rev, self._searches.chosen(request.point, self._opened().snapshot))
            case requests.Cancel():
                self._searches.cancel()
                self._emit(events.Done("done", request.id))
            case requests.Preview():
                self._preview(request)
            case requests.Inspect():
                self._look(self._inspections, request.id, lambda now: _inspected(now, request))
            case requests.AskLanes():
                self._look(self._lanes, request.id, lambda now: _lanes(now, request))
            case requests.Save():
                self._save(request)
            case _:
                self._emit(self._told(request))

    def _told(self, request: protocol.Request) -> protocol.Event:
        """The answer to a request that leaves the decisions as they are."""
        session = self._opened()
        now = session.snapshot
        match request:
            case requests.AskHistory():
                return history(session, request.id)
            case requests.Rename():
                session.rename(request.position, request.label)
                return history(session, request.id)
            case requests.AskSteps():
                return _steps(now, request)
            case requests.AskOthers():
                plans = others.others(session, self._searches.points)
                return events.Others("others", request.id, plans)
            case requests.Compare():
                return others.compared(session, self._searches.points, request)
            case requests.AskDocumentText():
                return events.Text("text", request.id, "document", session.text())
            case requests.AskScript():
                return events.Text("text", request.id, "python", script(session))
            case requests.AskCell():
                return events.Text("text", request.id, "cell", cell(session))
            case requests.AskFile():
                return events.Text("text", request.id, "file", file_from_here(session))
            case requests.AskNodeData():
                return events.Text("text", request.id, "node_data", node_data_text(now))
            case requests.Export():
                return export(session, request)
        raise InputError(f"there is no request {request.type!r}.")

    def _opened(self) -> Session:
        if self._session is None:
            raise InputError("no model is open.", hint="Open one first.")
        return self._session

    def _watch(self, session: Session) -> None:
        with self._lock:
            self._unsubscribe()
            self._session = session
            # First of all, so that the answer to an edit can say whether that was kept.
            Recovery.of(session)
            Notices.of(session).look(session)
            self._unsubscribe = session.subscribe(self._on_snapshot)

    def _greet(self, request_id: int, recovered: str | None) -> None:
        session = self._opened()
        with self._lock:
            snapshot = session.snapshot
            self._emit(
                events.Opened(
                    "opened",
                    request_id,
                    protocol.PROTOCOL,
                    mcu_lab.__version__,
                    session.id,
                    tuple(delta.board_info(d) for d in boards()),
                    self._searches.techniques(),
                    recovered,
                    self._state(snapshot, None),
                )
            )
        self._judge(snapshot)

    def _resync(self, request_id: int) -> None:
        with self._lock:
            self._emit(self._state(self._opened().snapshot, request_id))

    def _state(self, snapshot: Snapshot, request_id: int | None) -> events.State:
        self._shown = snapshot
        return delta.state(snapshot, self._opened().path, self._document(), request_id)

    def _edit(self, request_id: int, rev: int, edit: Edit | SetRewrites) -> None:
        self._answer(request_id, lambda session: session.apply(edit, rev=rev))

    def _answer(self, request_id: int, change: Callable[[Session], Snapshot]) -> None:
        """Make a change; the snapshot that it brings is the answer. One that changes nothing is answered too."""
        self._answering.request = request_id
        try:
            after = change(self._opened())
        finally:
            answered = self._answering.request is None
            self._answering.request = None
        if not answered:
            self._tell(after, request_id)

    def _answers(self) -> int | None:
        """The request that the current thread is carrying out, unless it has been answered: it is from now on."""
        request, self._answering.request = getattr(self._answering, "request", None), None
        return request

    def _save(self, request: requests.Save) -> None:
        session = self._opened()
        path = request.path or folder.own_path(session)
        file = folder.document_path(session, path, overwrite=request.overwrite)
        self._answering.request = request.id
        try:
            session.save(file, overwrite=request.overwrite)
        except FileChanged:
            self._look_after_files()
            raise
        finally:
            self._answering.request = None
        self._look_after_files()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot is self._shown:
            self._emit(events.DocumentChanged("document", self._answers(), self._document()))
            return
        self._tell(snapshot, self._answers())
        self._judge(snapshot)

    def _tell(self, snapshot: Snapshot, request_id: int | None) -> None:
        with self._lock:
            shown = self._shown
            if shown is None:
                return
            self._shown = snapshot
            self._emit(delta.change(shown, snapshot, self._opened().path, self._document(), request_id))

    def _document(self) -> events.DocumentInfo:
        session = self._opened()
        self._noticed = Notices.of(session).now(session)
        return folder.document_info(session, self._noticed)

    def _preview(self, request: requests.Preview) -> None:
        def run() -> None:
            session = self._opened()
            now = session.snapshot
            after, refused, label = None, None, ""
            try:
                after = session.preview(request.edit, rev=request.rev)
                label = request.edit.words(now.plan)
            except McuLabError as error:
                refused = events.Refusal(error.what, error.where, error.hint)
            figures = now.entry.figures
            self._emit(events.Previewed("previewed", request.id, now.rev, label, figures, after, refused))

        self._opened()
        self._previews.run(self._guarded(request.id, run), overtaken=self._done(request.id))

    def _look(self, latest: Latest, request_id: int, answer: Callable[[Snapshot], protocol.Event]) -> None:
        """Beside the conversation: an edit does not wait for what may be done with, or is told of, something else."""

        def run() -> None:
            self._emit(answer(self._opened().snapshot))

        self._opened()
        latest.run(self._guarded(request_id, run), overtaken=self._done(request_id))

    def _done(self, request_id: int) -> Callable[[], None]:
        return lambda: self._emit(events.Done("done", request_id))

    def _judge(self, snapshot: Snapshot) -> None:
        """Verify beside the conversation: the picture is there first, the tick follows when no edit comes between."""

        def current() -> None:
            if self._closed or self._opened().snapshot is not snapshot:
                raise _Overtaken

        def run() -> None:
            began = time.perf_counter()
            try:
                found = snapshot.outcome.judge(current)
                current()
            except _Overtaken:
                return
            right = all(p.code is ProblemCode.CAPACITY for p in found)
            problems = tuple(events.ProblemInfo(p.code, p.message, p.step, p.buffer) for p in found)
            self._emit(events.Verdict("verdict", snapshot.rev, right, problems, time.perf_counter() - began))
            self._look_after_files()

        self._verdicts.run(self._guarded(None, run), overtaken=lambda: None)

    def _look_after_files(self) -> None:
        """Tell what has become of the session's files, if that is news to this front end."""
        session = self._opened()
        Notices.of(session).look(session)
        with self._lock:
            if self._shown is not None and Notices.of(session).now(session) != self._noticed:
                self._emit(events.DocumentChanged("document", None, self._document()))

    def _beside(self, name: str, request_id: int | None, run: Callable[[], None]) -> None:
        Thread(target=self._guarded(request_id, run), name=name, daemon=True).start()

    def _guarded(self, request_id: int | None, run: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                run()
            except Exception as error:
                self._emit(failed(request_id, error))

        return guarded

    def _emit(self, event: protocol.Event) -> None:
        with self._lock:
            if not self._closed:
                self._send(to_json(event))


def history(session: Session, request_id: int) -> events.History:
    """The whole history as a message."""
    saved = session.saved
    entries = tuple(events.HistoryEntry(e.label, e.figures, e.decisions is saved) for e in session.entries)
    return events.History("history", request_id, session.snapshot.position, entries)


def _steps(now: Snapshot, request: requests.AskSteps) -> events.StepRows:
    lo = max(0, min(request.lo, len(now.plan.steps)))
    hi = max(lo, min(request.hi, len(now.plan.steps), lo + MOST_STEPS))
    return events.StepRows("step_rows", request.id, lo, step_rows(now.plan, range(lo, hi)))


def _lanes(now: Snapshot, request: requests.AskLanes) -> events.Lanes:
    cpu, copies = lanes.lanes(now.plan, now.cost, request.lo, request.hi)
    return events.Lanes("lanes", request.id, now.rev, request.lo, request.hi, cpu, copies)


def _inspected(now: Snapshot, request: requests.Inspect) -> events.Inspected:
    focus, found = request.focus, dict.fromkeys(("operator", "stage", "buffer", "tensor"))
    choices: dict[str, Any] = {
        "operator": lambda: legal.operator_choices(now.plan, now.decisions, _number(focus.id)),
        "stage": lambda: reshaping.stage_choices(now.plan, now.decisions, _number(focus.id)),
        "buffer": lambda: legal.buffer_choices(now.plan, now.decisions, focus.id),
        "tensor": lambda: legal.tensor_choices(now.plan, now.decisions, _number(focus.id)),
    }
    return events.Inspected("inspected", request.id, now.rev, focus, **(found | {focus.kind: choices[focus.kind]()}))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"{text[:20]!r} is no number of an operator or tensor.", where="inspect")
    return int(text)


def failed(request_id: int | None, error: Exception) -> events.Failed:
    """An exception in words. One that is not ours is a bug, and says so."""
    if isinstance(error, McuLabError):
        return events.Failed("failed", request_id, type(error).__name__, error.what, error.where, error.hint)
    what = f"{type(error).__name__}: {error}"
    return events.Failed("failed", request_id, "bug", what, "", "This is a bug in mcu_lab: please report it.")


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
