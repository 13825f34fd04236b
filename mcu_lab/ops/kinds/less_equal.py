"""LESS_EQUAL: whether an element is at most another."""

from __future__ import annotations

from mcu_lab.ops.comparing import EQUAL, LESS, compare_spec

SPEC = compare_spec("LESS_EQUAL", LESS | EQUAL)
