"""Writing files so that a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mcu_lab.errors import InputError


def write_atomically(path: Path, data: bytes, check: Callable[[], None] = lambda: None) -> Path:
    """Put ``data`` at ``path``; an existing file keeps its mode. Raises InputError naming the file and the reason.

    ``check`` is called last before that, and may raise to leave everything as it is.
    """
    target = path.resolve()
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        check()
        os.replace(temporary, target)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}.", where=str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path
