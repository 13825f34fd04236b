"""From decisions to a plan."""

from mcu_lab.lowering.groups import Groups, candidates, groups
from mcu_lab.lowering.lower import buffer_names, checked, default_schedule, lower

__all__ = ["Groups", "buffer_names", "candidates", "checked", "default_schedule", "groups", "lower"]
