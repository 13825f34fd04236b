"""READ_VARIABLE: what the last inference left, or this one has assigned."""

from __future__ import annotations

from mcu_lab.ops.variable import variable_spec

SPEC = variable_spec("READ_VARIABLE", reads=True)
