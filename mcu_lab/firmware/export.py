"""Write plans as C into a folder: generated tables, the runtime, the kernels they need, a self-test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mcu_lab.errors import InputError
from mcu_lab.firmware.folder import MARKER, write_folder
from mcu_lab.firmware.layout import banks
from mcu_lab.firmware.model_names import model_names
from mcu_lab.firmware.sources import export_name, generated_bundle_files, generated_files
from mcu_lab.firmware.tables import table_bytes
from mcu_lab.firmware.vector import TestVector, Turns, check_turns, check_vector, seeded_turns, seeded_vector
from mcu_lab.plan.bundle import Bundle, bundle_bytes
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Plan

TARGETS = ("c",)


@dataclass(frozen=True)
class Export:
    """What was written. ``files`` are relative to ``folder``, sorted.

    Of flash, ``weights_bytes`` are constants, ``table_bytes`` steps; code and kernels' parameters come on top.
    ``models`` are the C names of a bundle's models, by their own.
    """

    folder: Path
    name: str
    files: tuple[str, ...]
    arena_bytes: int
    weights_bytes: int
    table_bytes: int
    models: Mapping[str, str] = field(default_factory=dict)


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
    _check_target(target)
    vector = vector or seeded_vector(plan.graph)
    check_vector(plan.graph, vector)
    c_name = export_name(name or plan.graph.name)
    files = generated_files(plan, c_name, vector)
    sizes = (arena_bytes(plan), arena_bytes(plan, plan.device.constants), table_bytes(plan))
    path = Path(folder)
    write_folder(path, files, overwrite=overwrite)
    return Export(path, c_name, tuple(sorted([*files, MARKER])), *sizes)


def export_bundle(
    bundle: Bundle,
    folder: str | Path,
    *,
    name: str | None = None,
    target: str = "c",
    vector: Turns | None = None,
    overwrite: bool = False,
) -> Export:
    """Write C99 sources for all models of a bundle into one ``folder``: one arena, one runtime, constants once.

    ``name`` prefixes all C names (default: ``models``); behind it comes the name of each model. ``vector`` is
    what the self-test runs. All else, and what is raised, is as for :func:`export`.
    """
    _check_target(target)
    vector = vector or seeded_turns(bundle)
    check_turns(bundle, vector)
    c_name = export_name(name or "models")
    found = banks(*bundle.plans.values())
    models = model_names(bundle.plans, c_name, (bank.c_name for bank in found))
    files = generated_bundle_files(bundle, c_name, models, " + ".join(bundle.plans), vector)
    steps = sum(table_bytes(plan, found) for plan in bundle.plans.values())
    sizes = (bundle_bytes(bundle), bundle_bytes(bundle, bundle.device.constants), steps)
    path = Path(folder)
    write_folder(path, files, overwrite=overwrite)
    listed = tuple(sorted([*files, MARKER]))
    return Export(path, c_name, listed, *sizes, dict(zip(bundle.plans, models, strict=True)))


def _check_target(target: str) -> None:
    if target not in TARGETS:
        raise InputError(f"is not a target; there is {', '.join(TARGETS)}.", where=f"target {target!r}")
