"""EQUAL: whether two elements are the same."""

from __future__ import annotations

from mcu_lab.ops.comparing import EQUAL, compare_spec

SPEC = compare_spec("EQUAL", EQUAL, bools=True)
