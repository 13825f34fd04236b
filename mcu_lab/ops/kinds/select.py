"""SELECT: elements of one tensor where a condition holds, else of another."""

from __future__ import annotations

from mcu_lab.ops.selecting import select_spec

SPEC = select_spec("SELECT", broadcasts=False)
