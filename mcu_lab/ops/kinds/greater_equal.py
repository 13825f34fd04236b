"""GREATER_EQUAL: whether an element is at least another."""

from __future__ import annotations

from mcu_lab.ops.comparing import EQUAL, GREATER, compare_spec

SPEC = compare_spec("GREATER_EQUAL", GREATER | EQUAL)
