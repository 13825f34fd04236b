"""NOT_EQUAL: whether two elements differ."""

from __future__ import annotations

from mcu_lab.ops.comparing import GREATER, LESS, NEITHER, compare_spec

SPEC = compare_spec("NOT_EQUAL", LESS | GREATER | NEITHER, bools=True)
