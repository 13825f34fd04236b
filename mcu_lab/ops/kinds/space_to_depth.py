"""SPACE_TO_DEPTH: a block of pixels becomes the channels of one."""

from __future__ import annotations

from mcu_lab.ops.depths import depth_spec

SPEC = depth_spec("SPACE_TO_DEPTH", unfolds=False)
