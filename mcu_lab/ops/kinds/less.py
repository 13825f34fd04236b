"""LESS: whether an element is less than another."""

from __future__ import annotations

from mcu_lab.ops.comparing import LESS, compare_spec

SPEC = compare_spec("LESS", LESS)
