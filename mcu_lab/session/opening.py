"""How a front end gets at a session: from a file, from what a crash left behind, or one that is live already."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mcu_lab import __version__
from mcu_lab.errors import DocumentError, InputError
from mcu_lab.schedule.document import SUFFIX, Document, load, model_path
from mcu_lab.schedule.json_text import from_text
from mcu_lab.session import live, on_disk
from mcu_lab.session.events import SessionInfo
from mcu_lab.session.protocol import PROTOCOL
from mcu_lab.session.recovery import Recovery
from mcu_lab.session.requests import Open
from mcu_lab.session.session import Session

#: For a front end that names no board: 256 KiB of SRAM, 1 MiB of flash, and in many drawers.
FIRST_BOARD = "arduino-nano-33-ble"

#: A panel and a cell that come for the same file at once get the same session.
_one_at_a_time = Lock()


@dataclass(frozen=True)
class OpenedSession:
    """A session, and what came back from a crash, in words."""

    session: Session
    recovered: str | None


def open_session(request: Open) -> OpenedSession:
    """The session on a file named relative to the working directory. Explains where it looked when it is not there."""
    with _one_at_a_time:
        return _opened(request)


def _opened(request: Open) -> OpenedSession:
    file = Path(request.path)
    if not os.path.isfile(file):
        raise InputError(
            f"there is no file {request.path!r} in {Path.cwd()}, where the kernel runs.",
            where="open",
            hint="The kernel sees other folders than the file browser: start JupyterLab and kernel on the same disk.",
        )
    known = live.session_on(file)
    as_it_is = request.fresh or request.text is not None
    if known is not None and not as_it_is:
        return OpenedSession(known, None)
    if known is not None:
        live.forget(known)
    session = _read(file, request)
    live.keep(session)
    recovery = Recovery.of(session)
    if as_it_is:
        recovery.forget()
        return OpenedSession(session, None)
    return OpenedSession(session, recovery.restore(session))


def session_on(path: str | os.PathLike[str]) -> Session:
    """The live session on this file; opened, with what a crash left behind, when there is none."""
    return open_session(Open("open", 0, PROTOCOL, __version__, os.fspath(path), None)).session


def live_session(name: str) -> Session:
    """The live session with this id. InputError when it is gone."""
    found = next((s for s in live.sessions() if s.id == name), None)
    if found is None:
        raise InputError(f"there is no session {name[:20]!r} in this kernel.", hint="Run the cell that makes it again.")
    return found


def session_info(session: Session) -> SessionInfo:
    """A live session as a front end lists it."""
    document = str(session.document) if session.document else None
    return SessionInfo(session.id, session.snapshot.graph.name, session.path, document)


def _read(file: Path, request: Open) -> Session:
    if not file.name.endswith(SUFFIX):
        return Session.open(file, request.device or FIRST_BOARD)
    left = on_disk.digest(file)
    document = load(file) if request.text is None else from_text(request.text)
    return Session.of_document(document, file, model=_model(document, file, request), left=left)


def _model(document: Document, file: Path, request: Open) -> Path:
    """Where the document's model is; one that is not there is looked for by its name."""
    if request.model is not None:
        return Path(request.model)
    model = model_path(document, file)
    if os.path.lexists(model):
        return model
    near = file.resolve().parent / model.name
    hint = f"There is one at {near.name}: open the plan with it." if os.path.isfile(near) else "Put it there."
    raise DocumentError(f"Its model {document.model_path} is not there.", where=file.name, hint=hint)
