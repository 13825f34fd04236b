"""Write a plan as C into a folder: generated tables, the runtime, the kernels it needs, a self-test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_lab.errors import InputError
from mcu_lab.firmware.sources import export_name, generated_files
from mcu_lab.firmware.tables import table_bytes
from mcu_lab.firmware.vector import TestVector, check_vector, seeded_vector
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Plan

#: Marks a folder as one that an export made, and lists its files.
MARKER = ".mcu_lab_export"
TARGETS = ("c",)


@dataclass(frozen=True)
class Export:
    """What was written. ``files`` are relative to ``folder``, sorted.

    Of flash, ``weights_bytes`` are constants, ``table_bytes`` steps; code and kernels' parameters come on top.
    """

    folder: Path
    name: str
    files: tuple[str, ...]
    arena_bytes: int
    weights_bytes: int
    table_bytes: int


def export(
    plan: Plan,
    folder: str | Path,
    *,
    name: str | None = None,
    target: str = "c",
    vector: TestVector | None = None,
    overwrite: bool = False,
) -> Export:
    """Write C99 sources for ``plan`` into ``folder``: all files or, on failure, none.

    ``name`` prefixes all C names (default: the graph's). ``vector`` is what the self-test runs; without it, seeded
    inputs and no expected outputs. A folder that is neither empty nor an earlier export is refused unless
    ``overwrite``.

    Raises UnsupportedError for operators without a C kernel, PlanError for plans that C cannot express, InputError
    for a wrong target, vector or folder.
    """
    if target not in TARGETS:
        raise InputError(f"is not a target; there is {', '.join(TARGETS)}.", where=f"target {target!r}")
    vector = vector or seeded_vector(plan.graph)
    check_vector(plan.graph, vector)
    c_name = export_name(plan, name)
    files = dict(generated_files(plan, c_name, vector))
    sizes = (arena_bytes(plan), arena_bytes(plan, plan.device.constants), table_bytes(plan))
    files[MARKER] = "".join(f"{path}\n" for path in sorted(files)).encode()
    path = Path(folder)
    write_folder(path, files, overwrite=overwrite)
    return Export(path, c_name, tuple(sorted(files)), *sizes)


def write_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> None:
    """Make ``folder`` hold these files, through a new folder beside it that takes its place when it is complete.

    An earlier export is replaced whole. With ``overwrite`` any other folder keeps the files that are not named here.
    """
    folder = folder.resolve()
    try:
        _write_folder(folder, files, overwrite)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}.", where=str(folder)) from error


def _write_folder(folder: Path, files: Mapping[str, bytes], overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError("is not a folder.", where=str(folder))
    foreign = folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file()
    if foreign and not overwrite:
        raise InputError(
            "holds files that no export made.", where=str(folder), hint="Choose an empty folder, or allow overwriting."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".export-", dir=folder.parent))
    try:
        content = fresh / "new"
        if foreign:
            shutil.copytree(folder, content, symlinks=True)
        for path, data in files.items():
            _place(content, path, data)
        if folder.is_dir():
            folder.rename(fresh / "old")
        content.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _place(root: Path, path: str, data: bytes) -> None:
    """Write one file below ``root``; what is in its way (a link to elsewhere, a file for a folder) is removed."""
    parts = Path(path).parts
    assert parts and not Path(path).is_absolute() and ".." not in parts
    here = root
    for part in parts[:-1]:
        here = here / part
        if here.is_symlink() or here.is_file():
            here.unlink()
        here.mkdir(parents=True, exist_ok=True)
    file = here / parts[-1]
    if file.is_symlink() or file.is_file():
        file.unlink()
    elif file.is_dir():
        raise InputError("is a folder where a file has to go.", where=str(path))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
