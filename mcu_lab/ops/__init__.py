"""The operators that can be executed: one file each, registered here by name."""

from __future__ import annotations

from mcu_lab.ops.registry import SPECS, Unsupported, problems, require_supported, spec_of

__all__ = ["SPECS", "Unsupported", "problems", "require_supported", "spec_of"]
