"""Write a plan as C into a folder: generated tables, the runtime, the kernels it needs, a self-test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_lab.errors import InputError
from mcu_lab.firmware.folder import MARKER, write_folder
from mcu_lab.firmware.sources import export_name, generated_files
from mcu_lab.firmware.tables import table_bytes
from mcu_lab.firmware.vector import TestVector, check_vector, seeded_vector
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Plan

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
    """Write C99 sources for ``plan`` into ``folder``.

    ``name`` prefixes all C names (default: the graph's). ``vector`` is what the self-test runs; without it, seeded
    inputs and no expected outputs. Files that no export wrote stay as they are: where they are in the way, and in a
    folder that holds others and no export, nothing is written unless ``overwrite``.

    Raises UnsupportedError for operators without a C kernel, PlanError for plans that C cannot express, InputError
    for a wrong target, vector or folder.
    """
    if target not in TARGETS:
        raise InputError(f"is not a target; there is {', '.join(TARGETS)}.", where=f"target {target!r}")
    vector = vector or seeded_vector(plan.graph)
    check_vector(plan.graph, vector)
    c_name = export_name(plan, name)
    files = generated_files(plan, c_name, vector)
    sizes = (arena_bytes(plan), arena_bytes(plan, plan.device.constants), table_bytes(plan))
    path = Path(folder)
    write_folder(path, files, overwrite=overwrite)
    return Export(path, c_name, tuple(sorted([*files, MARKER])), *sizes)
