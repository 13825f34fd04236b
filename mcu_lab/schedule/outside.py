"""Models that a plan may read although they lie outside its folder: those of plans that their user saved so.

A plan may come from anybody and name any file. What it names in its own folder came with it; what lies elsewhere is its
user's, and is read only when the user has said that it belongs to a plan, by saving one or by naming the model.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mcu_lab.files import read_file, write_atomically

#: So many models are remembered, those named last.
MOST = 1000
_MOST_BYTES = 4 << 20


def remember(model: Path) -> None:
    """Let plans of this user read ``model`` from anywhere. Where that cannot be kept, it has to be named each time."""
    line = os.fsencode(os.path.realpath(model))
    if b"\n" in line or is_remembered(model):
        return
    with suppress(OSError, ValueError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_file(), b"\n".join([*_lines(), line][-MOST:]) + b"\n")


def is_remembered(model: Path) -> bool:
    """Whether the user has said of ``model`` that plans may read it."""
    return os.fsencode(os.path.realpath(model)) in _lines()


def _lines() -> list[bytes]:
    try:
        return read_file(_file(), _MOST_BYTES).splitlines()
    except OSError:
        return []


def _file() -> Path:
    import pooch  # only for those who have plans of models elsewhere

    return Path(pooch.os_cache("mcu-lab")) / "models-outside"
