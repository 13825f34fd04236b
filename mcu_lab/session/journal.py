"""Journals as files: JSON values, one a line, beside their documents, in the folder of Jupyter's checkpoints.

A journal belongs to the session that writes it, which holds a lock on it for as long as it lives; so histories of two
kernels never mix, and what a crash left behind is known by its lock being free. A line is appended whole or not at
all: where that fails, the file is cut back to what it was, so that nothing is ever appended to half a line.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import finalize

from mcu_lab.errors import InputError

try:
    import fcntl
except ImportError:  # nowhere but on Windows, where an open file cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

FOLDER = ".ipynb_checkpoints"
SUFFIX = ".journal"
#: So many journals of a folder are looked at.
MOST_FILES = 200
#: No file system takes a longer name.
MOST_NAME_BYTES = 255
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
EXCLUSIVE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Journal:
    """The file that one session writes."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._fd = -1
        self._close: Callable[[], object] = lambda: None
        self._bytes = 0

    @property
    def length_bytes(self) -> int:
        """How long it is."""
        return self._bytes

    def whole(self) -> bool:
        """Whether the file is still there as it was written last, so that it can be appended to."""
        if self.path is None or self._fd < 0:
            return False
        try:
            there, own = self.path.lstat(), os.fstat(self._fd)
        except OSError:
            return False
        return (there.st_dev, there.st_ino, there.st_size) == (own.st_dev, own.st_ino, self._bytes)

    def rewrite(self, file: Path, data: bytes) -> None:
        """Put ``data`` in place of everything, as a journal of ``file``. When that fails (OSError), all stays."""
        folder = checkpoints(file)
        folder.mkdir(exist_ok=True)
        before = self._path_in(folder)
        path = before or _claimed(folder, file.name)
        fd = -1
        try:
            # Nobody else writes to this name: what a crash leaves of it is overwritten the next time.
            new = path.with_name(f".{path.name}.new")
            fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC | NO_LINK, 0o600)
            lock(fd)
            _write(fd, data)
            os.fsync(fd)
            os.replace(new, path)
        except OSError:
            with suppress(OSError):
                new.unlink()
            if fd >= 0:
                os.close(fd)
            if before is None:
                with suppress(OSError):
                    path.unlink()
            raise
        if before is None:
            self.remove()
        self._close()
        self._fd, self._bytes, self.path = fd, len(data), path
        self._close = finalize(self, os.close, fd)

    def _path_in(self, folder: Path) -> Path | None:
        """Where the file lies when it lies in ``folder``, perhaps because that is its own folder by another name."""
        if self.path is None or self.path.parent == folder:
            return self.path
        with suppress(OSError):
            moved = folder / self.path.name
            if self._fd >= 0 and os.path.samestat(moved.lstat(), os.fstat(self._fd)):
                return moved
        return None

    def append(self, data: bytes) -> None:
        """Add whole lines; when that fails (OSError), the file is as it was."""
        try:
            _write(self._fd, data)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self._bytes)
            raise
        self._bytes += len(data)

    def adopt(self, path: Path, fd: int) -> None:
        """Take over the journal at ``path``, which is open and locked: the next :meth:`rewrite` replaces it."""
        self._fd, self._bytes, self.path = os.dup(fd), os.fstat(fd).st_size, path
        self._close = finalize(self, os.close, self._fd)

    def leave(self) -> None:
        """Have no file any more; what there is stays."""
        self._close()
        self.path, self._fd, self._bytes = None, -1, 0

    def remove(self) -> None:
        """Remove the file; a later :meth:`rewrite` makes another."""
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink()
        self.leave()


def checkpoints(file: Path) -> Path:
    """The folder for journals of ``file``. InputError when it is a way to somewhere else."""
    folder = file.parent / FOLDER
    if folder.is_symlink():
        raise InputError("is a link to somewhere else.", where=str(folder))
    return folder


def journals(file: Path) -> tuple[Path, ...]:
    """All journals beside ``file``, of whichever document, the newest first."""
    found = []
    with suppress(OSError, InputError), os.scandir(checkpoints(file)) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False):
                found.append((entry.stat(follow_symlinks=False).st_mtime_ns, Path(entry.path)))
    return tuple(path for _, path in sorted(found, reverse=True)[:MOST_FILES])


@contextmanager
def taken(path: Path, *, to_look: bool = False) -> Iterator[int | None]:
    """The journal at ``path``, open for reading and locked meanwhile; None when its session still lives.

    Several may hold it ``to_look``.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINK)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{path} is no file")
        yield fd if lock(fd, shared=to_look) else None
    finally:
        os.close(fd)


def lock(fd: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Hold the lock of an open file until it is closed; False when somebody else does, unless to ``wait``.

    Where there are no locks, everybody gets it: who finds that his journal was taken over writes another.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _claimed(folder: Path, name: str) -> Path:
    """A path for a new journal that nobody else has."""
    token = secrets.token_hex(4)
    if len(os.fsencode(f".{name}.{token}{SUFFIX}.new")) > MOST_NAME_BYTES:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    path = folder / f"{name}{SUFFIX}"
    try:
        os.close(os.open(path, EXCLUSIVE, 0o600))
    except FileExistsError:
        path = folder / f"{name}.{token}{SUFFIX}"
        os.close(os.open(path, EXCLUSIVE, 0o600))
    return path


def _write(fd: int, data: bytes) -> None:
    """All of ``data``: a full disk takes a part of it before it says so."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
