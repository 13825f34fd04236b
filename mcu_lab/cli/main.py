"""``mcu-lab``: one command for each thing a person wants, each with ``--json`` and a help that teaches.

Exit codes: 0 done, 1 does not fit or differs, 2 bad input.
"""

from __future__ import annotations

import io
import sys

import typer

from mcu_lab.cli import deciding, delivering, looking, proving
from mcu_lab.errors import McuLabError

app = typer.Typer(
    name="mcu-lab",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Make a neural network fit a microcontroller, and see why it fits.\n\n"
    "Start with `mcu-lab show MODEL --board BOARD`, then `mcu-lab fit MODEL --board BOARD`.",
)
for room in (looking, deciding, proving, delivering):
    room.add_to(app)


def main() -> None:
    """Entry point: errors that were meant for a person become one sentence and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names that the terminal's encoding lacks are shown as escapes
            stream.reconfigure(errors="backslashreplace")
    try:
        app(standalone_mode=True)
    except McuLabError as error:
        print(f"mcu-lab: {error}", file=sys.stderr)
        sys.exit(2)
