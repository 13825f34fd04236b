"""Commands that look: boards, show, report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mcu_lab import api
from mcu_lab.cli import options
from mcu_lab.cost import cost
from mcu_lab.device import Device
from mcu_lab.errors import printable
from mcu_lab.files import check_output
from mcu_lab.plan.model import Plan
from mcu_lab.session.rewriting import rewrite_infos
from mcu_lab.view.table import summary, table
from mcu_lab.view.words import size_words


def add_to(app: typer.Typer) -> None:
    app.command()(boards)
    app.command()(show)
    app.command()(report)


def boards(json: options.JsonOption = False) -> None:
    """List the boards that are known, by their SRAM.

    Every figure of a board file carries its source; `--json` shows them. A board of your own is a .toml file of the
    same form, named by its path wherever a board's id is asked for.
    """
    if json:
        options.print_json({"boards": [_board_fields(d) for d in api.boards()]})
        return
    print(f"{'id':<22} {'core':<12} {'clock':>8} {'SRAM':>9} {'flash':>9}  name")
    for d in api.boards():
        clock = f"{d.core.clock_hz / 1e6:.0f} MHz"
        sizes = f"{size_words(d.sram_bytes):>9} {size_words(d.flash_bytes):>9}"
        print(f"{d.id:<22} {d.core.name:<12} {clock:>8} {sizes}  {d.name}")


def _board_fields(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "name": device.name,
        "core": {"name": device.core.name, "clock_hz": device.core.clock_hz, "source": device.core.source},
        "sram_bytes": device.sram_bytes,
        "flash_bytes": device.flash_bytes,
        "memories": [asdict(m) for m in device.memories],
        "links": [asdict(link) for link in device.links],
        "source": device.source,
    }


def show(
    work: options.WorkArgument,
    board: options.BoardOption = None,
    sram: options.SramOption = None,
    flash: options.FlashOption = None,
    model: options.BesideOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show memory over time: what is live at each step, the peak, and why it is that.

    A model is shown as it stands in its file; a plan as it was decided. It also says what a rewrite of the graph would
    change, and which operators cannot be executed: these are planned as far as their shapes allow. Exit code 1 when it
    does not fit the board.

    Example: mcu-lab show model.tflite --board nucleo-f446re
    """
    now = options.session(work, options.device(board, sram, flash), model).snapshot
    plan, inputs = now.plan, now.decisions.schedule.inputs
    projection = now.picture
    if json:
        rewrites = [rewrite.type for rewrite in now.decisions.rewrites]
        about = {
            "model": plan.graph.name, "device": plan.device.id, "input": inputs, "rewrites": rewrites,
            "missing": options.missing(plan.graph),
        }  # fmt: skip
        options.print_json(about | asdict(projection.head) | asdict(projection))
    else:
        print(summary(projection))
        print(f"Input {inputs}. {_time(plan)}")
        for info in rewrite_infos(now.base, now.decisions.rewrites):
            print(f"{'Rewritten' if info.in_force else 'Can be rewritten'}: {info.label}: {info.words}.")
        options.print_missing(plan.graph)
        print()
        print(table(projection))
    if not projection.head.fits:
        raise typer.Exit(1)


def _time(plan: Plan) -> str:
    estimate = cost(plan)
    text = f"About {estimate.latency_us / 1000:,.1f} ms on {plan.device.core.name}"
    return text + (f", {estimate.energy_uj / 1000:,.2f} mJ." if estimate.energy_uj is not None else ".")


def report(
    work: options.WorkArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The HTML file to write.")],
    board: options.BoardOption = None,
    sram: options.SramOption = None,
    flash: options.FlashOption = None,
    model: options.BesideOption = None,
    overwrite: options.OverwriteOption = False,
    json: options.JsonOption = False,
) -> None:
    """Write one HTML file with the timeline, the figures and every step. It needs no network to be read.

    Example: mcu-lab report model.mcuplan.json -o report.html
    """
    session = options.session(work, options.device(board, sram, flash), model)
    check_output(output, overwrite=overwrite, reads=session.files)
    written = api.report(session.plan, output, overwrite=overwrite)
    if json:
        options.print_json({"report": str(written), "bytes": written.stat().st_size})
    else:
        print(f"Wrote {printable(str(written))}.")
