"""``mcu-lab``: one command for each thing a person wants, each with ``--json`` and a help that teaches."""

from __future__ import annotations

import typer

from mcu_lab.cli import bundling, deciding, delivering, looking, proving

app = typer.Typer(
    name="mcu-lab",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Make a neural network fit a microcontroller, and see why it fits.\n\n"
    "Start with `mcu-lab show MODEL --board BOARD`, then `mcu-lab fit MODEL --board BOARD`.",
)
for room in (looking, deciding, bundling, proving, delivering):
    room.add_to(app)
