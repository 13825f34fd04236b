"""DEPTH_TO_SPACE: the channels of a pixel become a block of pixels."""

from __future__ import annotations

from mcu_lab.ops.depths import depth_spec

SPEC = depth_spec("DEPTH_TO_SPACE", unfolds=True)
