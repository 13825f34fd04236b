"""``.mcuplan.json``: a schedule as a file that belongs to a model file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mcu_lab.device import Device, board
from mcu_lab.errors import DocumentError, InputError
from mcu_lab.files import read_file, reason, write_atomically
from mcu_lab.limits import FILE_BYTES
from mcu_lab.schedule import outside
from mcu_lab.schedule.json_text import Document, from_text, to_text

__all__ = [
    "Document", "check_model", "device_of", "let_read", "load", "model_path", "read_model",
    "relative_model_path", "save",
]  # fmt: skip

T = TypeVar("T")

SUFFIX = ".mcuplan.json"
#: No document is longer than this: 100 decisions for each of 1 000 operators would still fit.
MAX_BYTES = 4 << 20


def load(path: Path | str) -> Document:
    """Read a document. Raises DocumentError for a file that is missing, too long, or not a document."""
    return loaded(path, from_text)


def loaded(path: Path | str, read: Callable[[str], T]) -> T:
    """What ``read`` makes of a file's text. Raises DocumentError, naming the file, for what :func:`load` says."""
    try:
        data = read_file(path, MAX_BYTES)
    except OSError as error:
        raise DocumentError(f"It cannot be read: {reason(error)}.", where=str(path)) from error
    try:
        return read(data.decode("utf-8"))
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


def model_path(document: Document, path: Path | str) -> Path:
    """Where the model lies that the document at ``path`` belongs to.

    Raises DocumentError when that is outside the document's folder, links followed, unless its user has saved a plan
    of this model so (see :mod:`mcu_lab.schedule.outside`).
    """
    model = _beside(document.model_path, path)
    if model is None or not (_is_in_folder(model, path) or outside.is_remembered(model)):
        raise DocumentError(
            f"Its model {document.model_path} lies outside the folder of the plan, which may come from anybody: "
            "it is not read unasked.",
            where=str(path),
            hint="Put the model into that folder, or name it: `--model FILE`, or in Python "
            "`mcu_lab.Session.open(plan, model=...)`.",
        )
    return model


def device_of(document: Document, path: Path | str) -> Device:
    """The device that the document at ``path`` was made for: its own, a board, or a board's file in the same folder.

    Raises DocumentError for a file elsewhere, DeviceError for a wrong one.
    """
    if isinstance(document.device, Device):
        return document.device
    if not document.device.endswith(".toml"):
        return board(document.device)
    file = _beside(document.device, path)
    if file is None or not _is_in_folder(file, path):
        raise DocumentError(
            f"Its board {document.device} lies outside the folder of the plan: it is not read unasked.",
            where=str(path),
            hint="Put the board's file into that folder, or name it: `--board FILE`.",
        )
    return board(str(file))


def let_read(model: Path | str, path: Path | str) -> None:
    """A user saves a plan of ``model`` at ``path``: plans may read it from now on, if it lies outside their folder."""
    if not _is_in_folder(Path(model), path):
        outside.remember(Path(model))


def _beside(name: str, path: Path | str) -> Path | None:
    """The file that a document at ``path`` calls ``name``; None when there can be no such file."""
    try:
        return Path(path).resolve().parent / name
    except (OSError, ValueError, RuntimeError):
        return None


def _is_in_folder(file: Path, path: Path | str) -> bool:
    try:
        return file.resolve().is_relative_to(Path(path).resolve().parent)
    except (OSError, ValueError, RuntimeError):  # names that no file has, and links that go round in circles
        return False


def read_model(document: Document, path: Path | str, model: Path | None = None) -> bytes:
    """The bytes of the model that the document at ``path`` belongs to; ``model`` is where the user says that it is.

    Raises DocumentError as :func:`model_path` does, and when the model is missing, is no file of a model's size, or is
    not the one that the decisions were made for.
    """
    try:
        data = read_file(model or model_path(document, path), FILE_BYTES.most)
    except OSError as error:
        raise DocumentError(
            f"Its model {model or document.model_path} cannot be read: {reason(error)}.",
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
