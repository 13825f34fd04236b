"""RELU6: ``min(max(x, 0), 6)``."""

from __future__ import annotations

from mcu_lab.ops.clamp import clamp_spec

SPEC = clamp_spec("RELU6", wide=True)
