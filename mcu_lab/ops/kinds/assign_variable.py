"""ASSIGN_VARIABLE: what the next inference finds."""

from __future__ import annotations

from mcu_lab.ops.variable import variable_spec

SPEC = variable_spec("ASSIGN_VARIABLE", reads=False)
