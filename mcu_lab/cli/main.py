"""The installed command: runs the app, and ends in one line and an exit code whatever happens.

Exit codes: 0 done, 1 does not fit or differs, 2 bad input or a limit, 130 interrupted.
"""

from __future__ import annotations

import io
import sys

try:
    from mcu_lab.cli.interrupt import EXIT_CODE, Interrupted, heard
except KeyboardInterrupt:  # so early that nobody else hears it
    print("mcu-lab: interrupted.", file=sys.stderr)
    sys.exit(130)


def main() -> None:
    """Entry point: errors that were meant for a person become one sentence and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names that the terminal's encoding lacks are shown as escapes
            stream.reconfigure(errors="backslashreplace")
    try:
        with heard():
            _run()
    except Interrupted:
        print("mcu-lab: interrupted.", file=sys.stderr)
        sys.exit(EXIT_CODE)


def _run() -> None:
    # Imported here so that Ctrl-C is heard while they are.
    from mcu_lab.cli.app import app
    from mcu_lab.errors import McuLabError

    try:
        app(standalone_mode=True)
    except McuLabError as error:
        print(f"mcu-lab: {' '.join(str(error).splitlines())}", file=sys.stderr)
        sys.exit(2)
    except MemoryError:
        hint = "Close other programs, or lower MCU_LAB_MOST_RUN_BYTES to be told before."
        print(f"mcu-lab: this machine has no memory left for it. {hint}", file=sys.stderr)
        sys.exit(2)
