"""SELECT_V2: elements of one tensor where a condition holds, else of another; all three broadcast."""

from __future__ import annotations

from mcu_lab.ops.selecting import select_spec

SPEC = select_spec("SELECT_V2", broadcasts=True)
