"""Files in and out: reading that neither waits nor floods, writing that leaves the old file or the new one."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from mcu_lab.errors import InputError

AnyPath = str | os.PathLike[str]


def read_file(path: AnyPath, most_bytes: int) -> bytes:
    """The bytes of a regular file of at most ``most_bytes``; links are followed.

    Raises OSError, its ``strerror`` in words, for a file that is missing or larger, and for a device, pipe or folder,
    which are not opened: some never end, some never begin.
    """
    try:
        _check_regular(os.stat(path), most_bytes)
        with open(path, "rb", opener=_open_without_waiting) as file:
            _check_regular(os.fstat(file.fileno()), most_bytes)
            data = file.read(most_bytes + 1) or b""
    except ValueError as error:
        raise OSError(errno.EINVAL, "no file has such a name") from error
    if len(data) > most_bytes:
        raise _too_large(len(data), most_bytes)
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    """A pipe that took the file's place after the first look does not hold us up either."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_regular(found: os.stat_result, most_bytes: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if found.st_size > most_bytes:
        raise _too_large(found.st_size, most_bytes)


def _too_large(size: int, most_bytes: int) -> OSError:
    return OSError(errno.EFBIG, f"the file has {size:,} bytes, more than the {most_bytes:,} that are read")


def check_output(path: Path, *, overwrite: bool, reads: Iterable[AnyPath] = ()) -> None:
    """Whether a command may write to ``path``, which its user named: to be asked before the work is done.

    Raises InputError for a file that is there, unless ``overwrite``; for one of ``reads``, from which the output is
    made, even then.
    """
    for file in reads:
        with suppress(OSError, ValueError):
            if os.path.samefile(path, file):
                raise InputError(
                    "is what the output is made from, and stays as it is.", where=str(path), hint="Name another file."
                )
    if not overwrite and os.path.lexists(path):
        raise _taken(path)


def make_folder(folder: Path) -> None:
    """Have a folder there, and those above it. Raises InputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {reason(error)}.", where=str(folder)) from error


def write_output(path: Path, data: bytes, *, overwrite: bool = False, reads: Iterable[AnyPath] = ()) -> Path:
    """Put ``data`` where a user asked for it. Raises InputError as :func:`check_output` and where it cannot be."""
    check_output(path, overwrite=overwrite, reads=reads)
    return write_atomically(path, data, replace=overwrite)


def write_atomically(
    path: Path, data: bytes, check: Callable[[], None] = lambda: None, *, replace: bool = True
) -> Path:
    """Put ``data`` at ``path``, or, without ``replace``, only where nothing is; an existing file keeps its mode.

    ``check`` is called last before that, and may raise to leave everything as it is. Raises InputError naming the
    file and the reason. A file that is read-only, and what is not a file, stay.
    """
    try:
        target = path.resolve()
        _check_replaceable(target)
        temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            check()
            if replace:
                with suppress(FileNotFoundError):
                    shutil.copymode(target, temporary)
                os.replace(temporary, target)
            else:
                _move_where_nothing_is(temporary, target)
        finally:
            with suppress(OSError):
                temporary.unlink()
    except FileExistsError as error:
        raise _taken(path) from error
    except (OSError, ValueError, RuntimeError) as error:  # names with NUL, and links that go round in circles
        raise InputError(f"cannot be written: {reason(error)}.", where=str(path)) from error
    return path


def reason(error: Exception) -> str:
    """What the system says of a failure, without the name of the file."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _check_replaceable(target: Path) -> None:
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if not mode & 0o222:
        raise OSError(errno.EACCES, "the file there is read-only")


def _move_where_nothing_is(temporary: Path, target: Path) -> None:
    """Raises FileExistsError when something has come there since it was asked for."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.replace(temporary, target)


def _taken(path: Path) -> InputError:
    return InputError("there is a file already.", where=str(path), hint="Take another name, or allow overwriting.")
