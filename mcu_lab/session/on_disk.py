"""A document's file: what is in it, whether that is what was last read or written, and writing only if it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from mcu_lab.errors import DocumentError, FileChanged, InputError
from mcu_lab.files import read_file, write_atomically
from mcu_lab.schedule.document import MAX_BYTES
from mcu_lab.session.journal import lock

#: As it was left, as somebody else left it, or no longer there.
State = Literal["same", "changed", "gone"]


def digest(file: Path) -> str | None:
    """Names what is in a document's file, or why it cannot be read; None when there is none."""
    try:
        return digest_of(read_file(file, MAX_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"not readable: {error.errno}"


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write(file: Path, data: bytes, *, instead_of: str | None, overwrite: bool) -> None:
    """Write ``data`` in place of what is named ``instead_of`` (None: of nothing), or with ``overwrite`` of anything.

    Raises FileChanged when it is not, DocumentError when the file cannot be written.
    """

    def check() -> None:
        now = digest(file)
        if overwrite or now in (instead_of, digest_of(data)):
            return
        if now is None:
            raise FileChanged("it is no longer there.", where=file.name, hint="Write it again, or save a copy.")
        seen = "has been changed by another program" if instead_of else "is there already"
        raise FileChanged(f"it {seen}.", where=file.name, hint="Take what it says, overwrite it, or save a copy.")

    try:
        if overwrite:
            file.parent.mkdir(parents=True, exist_ok=True)
        with _alone(file.resolve().parent):
            write_atomically(file, data, check)
    except (InputError, OSError) as error:
        what = error.what if isinstance(error, InputError) else f"cannot be written: {error.strerror}."
        raise DocumentError(what, where=str(file)) from error


class Watched:
    """Tells cheaply, again and again, whether a file is as it was left."""

    def __init__(self) -> None:
        self._seen: tuple[object, ...] | None = None
        self._digest: str | None = None

    def state(self, file: Path, left: str | None) -> State:
        """``left`` names what was in the file."""
        try:
            found = file.stat()
        except OSError:
            self._seen = None
            return "gone"
        seen = file, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        if seen != self._seen:
            self._digest, self._seen = digest(file), seen
        return "same" if self._digest == left else "changed"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of several kernels, one at a time compares and writes in this folder."""
    fd = -1
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if fd >= 0:
            lock(fd, wait=True)
        yield
    finally:
        if fd >= 0:
            os.close(fd)
