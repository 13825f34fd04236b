"""From decisions to a plan."""

from mcu_lab.lowering.groups import Groups, candidates, groups
from mcu_lab.lowering.lower import checked, default_schedule, lower

__all__ = ["Groups", "candidates", "checked", "default_schedule", "groups", "lower"]
