"""The operators that can be executed: one file each in ``kinds``, and what they share."""

from __future__ import annotations

from mcu_lab.ops.registry import SPECS, spec_of
from mcu_lab.ops.support import Unsupported, drawn, problems, require_planned, require_supported

__all__ = ["SPECS", "Unsupported", "drawn", "problems", "require_planned", "require_supported", "spec_of"]
