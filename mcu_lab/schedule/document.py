"""``.mcuplan.json``: a schedule as a file that belongs to a model file."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from mcu_lab.errors import DocumentError, InputError
from mcu_lab.files import write_atomically
from mcu_lab.schedule.json_text import AdHoc, Document, from_text, to_text

__all__ = ["AdHoc", "Document", "check_model", "load", "read_model", "relative_model_path", "save"]

SUFFIX = ".mcuplan.json"
#: No document is longer than this: 100 decisions for each of 1 000 operators would still fit.
MAX_BYTES = 4 << 20


def load(path: Path | str) -> Document:
    """Read a document. Raises DocumentError for a file that is missing, too long, or not a document."""
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentError("This is not a file.", where=str(path))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DocumentError(f"It cannot be read: {_reason(error)}.", where=str(path)) from error
    if len(data) > MAX_BYTES:
        raise DocumentError(f"It is longer than {MAX_BYTES:,} bytes, so it is no schedule.", where=str(path))
    try:
        return from_text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DocumentError(f"It is not UTF-8 text: {error.reason} at byte {error.start}.", where=str(path)) from error
    except DocumentError as error:
        where = f"{path}, {error.where}" if error.where else str(path)
        raise DocumentError(error.what, where=where, hint=error.hint) from error


def save(path: Path | str, document: Document) -> None:
    """Write a document so that a crash leaves either the old file or the new one, never half of one."""
    try:
        write_atomically(Path(path), to_text(document).encode("utf-8"))
    except InputError as error:
        raise DocumentError(error.what, where=error.where) from error


def relative_model_path(model: Path | str, document: Path | str) -> str:
    """How a document at ``document`` names the model at ``model``."""
    return Path(os.path.relpath(Path(model).resolve(), Path(document).resolve().parent)).as_posix()


def read_model(document: Document, path: Path | str) -> bytes:
    """The bytes of the model that the document at ``path`` belongs to.

    Raises DocumentError when the model is missing or is not the one the decisions were made for.
    """
    model = Path(path).resolve().parent / document.model_path
    try:
        data = model.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"Its model {document.model_path} cannot be read: {_reason(error)}.",
            where=str(path),
            hint="Put the model there, or open the model itself and make a new plan.",
        ) from error
    check_model(document, data, where=str(path))
    return data


def check_model(document: Document, model: bytes, *, where: str = "") -> None:
    """Raise DocumentError unless ``model`` holds the bytes that the decisions were made for."""
    found = hashlib.sha256(model).hexdigest()
    if found != document.model_sha256:
        raise DocumentError(
            f"The model {document.model_path} has changed since this plan was saved: its sha256 is {found[:12]}…, "
            f"the plan was made for {document.model_sha256[:12]}….",
            where=where,
            hint="Operator and tensor numbers may mean something else now. Restore the old model or make a new plan.",
        )


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
