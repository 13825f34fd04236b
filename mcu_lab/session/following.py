"""Files that are renamed or moved while a session has them open: it goes with them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mcu_lab.schedule.document import relative_model_path
from mcu_lab.session.folder import folder_of
from mcu_lab.session.model_file import sha256_of
from mcu_lab.session.session import Session


def follow(session: Session, old: str, new: str) -> None:
    """A file or folder was renamed; both paths are relative to the session's folder, and may lead out of it.

    The session goes along only with what it knows: its document as it was last saved, and its model. Raises
    DocumentError when the document does not name its model any more and cannot be written.
    """
    folder = folder_of(session)
    before, after = (Path(os.path.normpath(folder / path)) for path in (old, new))
    document, model = session.document, Path(session.path)
    if document is not None:
        there = _moved(document, before, after)
        if there != document and session.is_saved_in(there):
            document = there.resolve()
            beside = document.parent / relative_model_path(model, session.document or document)
            model = beside if _is_model(session, beside) else model
    if not _is_model(session, model):
        there = _moved(model, before, after)
        model = there if _is_model(session, there) else model
    if (model, document) != (Path(session.path), session.document):
        session.moved(model.resolve(), document)


def _moved(file: Path, before: Path, after: Path) -> Path:
    """Where ``file`` is when ``before``, which is it or holds it, lies at ``after``."""
    return after / file.relative_to(before) if file.is_relative_to(before) else file


def _is_model(session: Session, file: Path) -> bool:
    with suppress(OSError):
        return sha256_of(file) == session.snapshot.base.sha256
    return False
