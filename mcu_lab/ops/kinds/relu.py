"""RELU: ``max(x, 0)``."""

from __future__ import annotations

from mcu_lab.ops.clamp import clamp_spec

SPEC = clamp_spec("RELU", wide=True)
