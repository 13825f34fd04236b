"""RESHAPE: a tensor under another shape with as many elements."""

from __future__ import annotations

from mcu_lab.ops.reshaping import reshape_spec

SPEC = reshape_spec("RESHAPE", shape_slot=1, notes="A shape operand must be constant or computed from shapes alone.")
