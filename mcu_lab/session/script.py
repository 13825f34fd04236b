"""A session as the Python script that makes it again."""

from __future__ import annotations

import os
from pathlib import Path
from pprint import pformat

from mcu_lab.device.model import Device
from mcu_lab.device.said import said_of
from mcu_lab.rewriting import Rewrite
from mcu_lab.schedule.model import Schedule, Stage, Transfer, decided
from mcu_lab.session.folder import folder_of
from mcu_lab.session.session import Session

LINE = 100


def script(session: Session) -> str:
    """Python that leads to the session's present plan through mcu_lab's public interface, run beside the model.

    Names from the model appear as string literals only.
    """
    now = session.snapshot
    schedule = now.decisions.schedule
    title = f"# {now.graph.name!a}: arena {now.entry.figures.arena_bytes:,} B"
    rewrites = now.decisions.rewrites
    kinds = sorted({type(value).__name__ for value in (*schedule.stages, *schedule.transfers)})
    imports = [
        "import mcu_lab",
        *_imports(rewrites),
        f"from mcu_lab.schedule.model import {', '.join(sorted([*kinds, 'Schedule']))}",
    ]
    steps = [f"#   {i}. {label!a}" for i, label in enumerate(session.history)]
    model = Path(session.path).name or "model.tflite"
    return "\n".join(
        [
            title,
            "# How it came about:",
            *steps,
            "",
            *imports,
            "",
            f"graph = mcu_lab.load({model!a})",
            *([f"graph = mcu_lab.rewrite(graph, {', '.join(map(repr, rewrites))})"] if rewrites else []),
            f"schedule = {_schedule(schedule)}",
            *_lowered(now.device),
            "print(mcu_lab.table(plan))",
            "assert not mcu_lab.verify(plan)" if not now.problems else "print(*mcu_lab.verify(plan), sep='\\n')",
            "",
        ]
    )


def cell(session: Session) -> str:
    """Python that takes hold of the live session in its own kernel, or opens its file again in a later one."""
    return f"import mcu_lab\n\nsession = mcu_lab.live_session({file_from_here(session)!a})\nsession"


def file_from_here(session: Session) -> str:
    """The session's document, or its model, relative to the working directory, with forward slashes."""
    file = folder_of(session) / (session.document or Path(session.path)).name
    return os.path.relpath(file).replace(os.sep, "/")


def _imports(rewrites: tuple[Rewrite, ...]) -> list[str]:
    names = sorted({type(rewrite).__name__ for rewrite in rewrites})
    return [f"from mcu_lab.rewriting import {', '.join(names)}"] if names else []


def _schedule(schedule: Schedule) -> str:
    lines = [f"    {name}={_value(value)}," for name, value in decided(schedule).items()]
    return "\n".join(["Schedule(", *lines, ")"])


def _value(value: object) -> str:
    """A value as a literal; a long tuple over several lines."""
    if isinstance(value, Stage):
        given = (f"{name}={field!a}" for name, field in decided(value).items())
        return f"{type(value).__name__}({', '.join(given)})"
    if isinstance(value, Transfer):
        return ascii(value)
    if not isinstance(value, tuple):
        return ascii(value)
    items = [_value(item) for item in value]
    flat = f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if len(flat) <= LINE:
        return flat
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > LINE:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n".join(["(", *(f"        {line.rstrip()}" for line in lines), "    )"])


def _lowered(device: Device) -> list[str]:
    """The plan, on a board by its name or by sizes; a board of the user's own is told whole."""
    said = said_of(device)
    if isinstance(said, str):
        return [f"plan = mcu_lab.lower(graph, schedule, {said!a})"]
    if "memory" in said:
        told = pformat(said, width=LINE, sort_dicts=False)
        return [f"board = {told}", "plan = mcu_lab.lower(graph, schedule, board)"]
    sizes = "".join(f", {name.removesuffix('_bytes')}={size}" for name, size in said.items())
    return [f"plan = mcu_lab.lower(graph, schedule{sizes})"]
