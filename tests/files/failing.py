"""System calls that change files, made to fail one after the other: a full disk, or the end of the process."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def failing(at: int, fail: Callable[[], None]) -> Iterator[list[str]]:
    """Let the system call number ``at`` of those that change files fail; tells which were made."""
    made: list[str] = []

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            made.append(name)
            if len(made) - 1 == at:
                fail()
            return call(*arguments, **options)

        return counting

    with pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "replace", "unlink", "mkdir", "rmdir", "link"):
            patch.setattr(os, name, counted(name, getattr(os, name)))
        yield made


def no_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def in_a_process_that_dies(at: int, run: Callable[[], None]) -> bool:
    """Whether ``run`` came to the system call number ``at``, at which its process is killed."""
    child = os.fork()
    if child == 0:
        with failing(at, lambda: os._exit(9)):
            run()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
