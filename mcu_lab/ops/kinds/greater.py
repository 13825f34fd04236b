"""GREATER: whether an element is greater than another."""

from __future__ import annotations

from mcu_lab.ops.comparing import GREATER, compare_spec

SPEC = compare_spec("GREATER", GREATER)
