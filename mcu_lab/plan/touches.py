"""Which buffers a step touches, and from which step to which one a buffer lives.

A buffer lives from the first step that touches it (the start, when it holds values then) through the last one
(the end, when it must hold values then), inclusive; a copy that does not block touches its ends until its Wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mcu_lab.graph.box import Interval
from mcu_lab.graph.remembered import remembered
from mcu_lab.plan.model import Compute, Copy, Plan, Step, Wait, views_of


@remembered(shared=True)
def lifetimes(plan: Plan) -> Mapping[str, Interval]:
    """Buffer id -> half-open interval of step indices in which it is live. A buffer nothing touches is left out.

    A plan without steps counts as one step long, so that what is live at start and end still takes room.
    """
    length = max(1, len(plan.steps))
    first: dict[str, int] = {v.buffer: 0 for v in plan.at_start}
    last: dict[str, int] = dict(first)
    for step in plan.steps:
        for buffer in touched(plan, step):
            first.setdefault(buffer, step.id)
            last[buffer] = step.id
    for view in plan.at_end:
        first.setdefault(view.buffer, length - 1)
        last[view.buffer] = length - 1
    # What codes decode to is wanted by every inference.
    for buffer in (b.id for b in plan.buffers if b.holds is not None):
        first[buffer], last[buffer] = 0, length - 1
    return MappingProxyType({b.id: Interval(first[b.id], last[b.id] + 1) for b in plan.buffers if b.id in first})


def touched(plan: Plan, step: Step) -> tuple[str, ...]:
    """Ids of the buffers that a step touches, each once. A Wait touches what its Copy touches."""
    if isinstance(step, Wait):
        copy = plan.steps[step.copy] if 0 <= step.copy < len(plan.steps) else step
        return touched(plan, copy) if isinstance(copy, Copy) else ()
    names = [view.buffer for view in views_of(step)]
    if isinstance(step, Compute) and step.scratch:
        names.append(step.scratch)
    return tuple(dict.fromkeys(names))
