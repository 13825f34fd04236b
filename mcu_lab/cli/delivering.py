"""The command that delivers: C for a board."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mcu_lab import api
from mcu_lab.cli import options
from mcu_lab.errors import printable
from mcu_lab.plan.verify import verify


def add_to(app: typer.Typer) -> None:
    app.command()(export)


def export(
    work: options.ProvenArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.")],
    target: Annotated[str, typer.Option("--target", help="c: C99 sources, CMake and Makefile, and a self-test.")] = "c",
    name: Annotated[
        str | None, typer.Option("--name", help="Prefix of C names (default: the model's, or `models`).")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is in the way and no export wrote.")
    ] = False,
    model: options.BesideOption = None,
    json: options.JsonOption = False,
) -> None:
    """Write C that runs on the board with the very same bytes.

    Only a plan that verifies is exported, a BUNDLE with one arena and one runtime for all of its models; exit code 1
    otherwise. The folder builds with `make` or CMake; `make test`
    there runs the self-test on this machine.

    Example: mcu-lab export model.mcuplan.json -o firmware/
    """
    plan = options.planned(work, model=model)
    problems = verify(plan)
    if problems:
        print(
            f"mcu-lab: {printable(work)}: not exported: the plan has {len(problems)} problems, the first: "
            f"{problems[0]} `mcu-lab verify` lists them all; `mcu-lab fit` makes a plan that fits.",
            file=sys.stderr,
        )
        raise typer.Exit(1)
    made = api.export(plan, output, target=target, name=name, overwrite=overwrite)
    if json:
        options.print_json(
            {
                "folder": str(made.folder), "name": made.name, "files": list(made.files),
                "arena_bytes": made.arena_bytes, "weights_bytes": made.weights_bytes,
                "table_bytes": made.table_bytes,
            }
            | ({"models": dict(made.models)} if made.models else {})
        )  # fmt: skip
        return
    sizes = f"arena {made.arena_bytes:,} B; flash: constants {made.weights_bytes:,} B + table {made.table_bytes:,} B"
    print(f"Wrote {len(made.files)} files to {printable(str(made.folder))}: {sizes}.")
