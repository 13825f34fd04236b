"""The command that puts several models together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcu_lab.api import file_of
from mcu_lab.cli import options
from mcu_lab.cli.deciding import end_if, techniques_of
from mcu_lab.cli.interrupt import kept
from mcu_lab.errors import InputError, printable
from mcu_lab.files import check_output
from mcu_lab.plan.bundle import Bundle, bundle_bytes, bundle_overfull, bundle_used_bytes
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes
from mcu_lab.schedule.bundle_text import SUFFIX
from mcu_lab.session.bundling import BundleSession


def add_to(app: typer.Typer) -> None:
    app.command()(bundle)


def bundle(
    works: Annotated[
        list[str],
        typer.Argument(metavar="MODEL|PLAN...", help="Models and plans, or one .mcubundle.json."),
    ],
    board: options.BoardOption = None,
    sram: options.SramOption = None,
    flash: options.FlashOption = None,
    use: options.UseOption = options.ALL_TECHNIQUES,
    seconds: options.SecondsOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the decisions as a .mcubundle.json document.")
    ] = None,
    overwrite: options.OverwriteOption = False,
    json: options.JsonOption = False,
) -> None:
    """Put several models into one program: one arena in which they take turns, equal constants once.

    A PLAN is taken as it is; a MODEL is fitted first, with the techniques and in the seconds given. What a model
    remembers lies apart from all that others write. Shows what they take together and each alone. `mcu-lab verify` and
    `mcu-lab export` take the document. Exit code 1 when it does not fit.

    Example: mcu-lab bundle kws.tflite vww.mcuplan.json --board nucleo-f446re -o both.mcubundle.json
    """
    if output and not output.name.endswith(SUFFIX):
        raise InputError(f"a bundle's file name ends in {SUFFIX}.", where=str(output))
    files = [file_of(work) for work in works]
    if output:
        check_output(output, overwrite=overwrite, reads=files)
    opened = BundleSession.open(files[0] if len(files) == 1 else files, options.device(board, sram, flash))
    with kept() as interrupted:
        for session in opened.sessions.values():
            if opened.document is None and session.document is None:
                session.fit(use=techniques_of(use), seconds=seconds, cancelled=interrupted)
    made = opened.bundle
    if output:
        opened.save(output, overwrite=overwrite)
    plans = {name: session.plan for name, session in opened.sessions.items()}
    fits = not bundle_overfull(made)
    if json:
        options.print_json(
            {
                "device": made.device.id,
                "models": [
                    {"name": name, "arena_bytes": arena_bytes(plan), "flash_bytes": flash_bytes(plan)}
                    for name, plan in plans.items()
                ],
                "arena_bytes": bundle_bytes(made),
                "flash_bytes": bundle_used_bytes(made, made.device.constants),
                "fits": fits,
                "written": str(output) if output else None,
            }
        )
    else:
        _tell(made, {name: (arena_bytes(plan), flash_bytes(plan)) for name, plan in plans.items()}, output)
    end_if(interrupted())
    if not fits:
        raise typer.Exit(1)


def _tell(made: Bundle, alone: dict[str, tuple[int, int]], output: Path | None) -> None:
    table = Table("model", "arena B", "constants B", title=Text(printable(f"Models on {made.device.name}")))
    for name, figures in alone.items():
        table.add_row(Text(printable(name)), *(f"{figure:,}" for figure in figures))
    apart = [sum(column) for column in zip(*alone.values(), strict=True)]
    together = (bundle_bytes(made), bundle_used_bytes(made, made.device.constants))
    table.add_row("apart", *(f"{figure:,}" for figure in apart))
    table.add_row("together", *(f"{figure:,}" for figure in together))
    Console().print(table)
    for memory in bundle_overfull(made):
        used = bundle_used_bytes(made, memory.name)
        print(f"Does not fit: {used:,} B of {memory.name}, which has {memory.bytes:,}.")
    if output:
        print(f"Wrote {printable(str(output))}.")
