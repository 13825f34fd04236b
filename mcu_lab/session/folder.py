"""The folder of a session's document, and the documents in it: no path of a front end leads out."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from mcu_lab.errors import InputError
from mcu_lab.schedule.document import SUFFIX
from mcu_lab.session.events import DocumentInfo, Notice
from mcu_lab.session.session import Session


def folder_of(session: Session) -> Path:
    """Where a session's document lies, or its model while it has no document. InputError when it has neither."""
    file = session.document or (Path(session.path) if session.path else None)
    if file is None:
        raise InputError("this session was not opened from a file, so it has no folder.", where="files")
    return file.parent


def inside(folder: Path, path: str) -> Path:
    """``path``, which is relative and uses forward slashes, in ``folder``. InputError when it would lie elsewhere."""
    relative = PurePosixPath(path)
    wrong = not relative.parts or relative.is_absolute() or ".." in relative.parts or "\\" in path or "\0" in path
    if wrong or ":" in relative.parts[0]:
        raise InputError(f"{path!r} is no path inside the folder.", where="files", hint="Name a file or folder in it.")
    file = folder / relative
    if not file.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{path!r} leads out of the folder.", where="files")
    return file


def document_path(session: Session, path: str, *, overwrite: bool) -> Path:
    """Where a document that is saved as ``path`` lies. InputError when something else is there or the name is wrong."""
    file = inside(folder_of(session), path)
    if not file.name.endswith(SUFFIX):
        raise InputError(f"{file.name!r} is no name for a plan.", where="save", hint=f"It has to end in {SUFFIX}.")
    if file.exists() and file.resolve() != session.document and not overwrite:
        raise InputError(f"there is a file {path!r} already.", where="save", hint="Take another name, or overwrite it.")
    return file


def own_path(session: Session) -> str:
    """Where the session's document lies, or would be saved: beside its model."""
    if session.document:
        return session.document.name
    return Path(session.path).with_suffix(SUFFIX).name


def document_info(session: Session, notices: tuple[Notice, ...]) -> DocumentInfo:
    """A session's document as a front end shows it."""
    file = session.document
    folder = str((file or Path(session.path)).parent) if file or session.path else ""
    return DocumentInfo(file.name if file else None, folder, session.dirty, notices)
