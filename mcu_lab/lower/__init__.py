"""From decisions to a plan."""

from mcu_lab.lower.groups import Groups, candidates, groups
from mcu_lab.lower.lower import default_schedule, lower

__all__ = ["Groups", "candidates", "default_schedule", "groups", "lower"]
