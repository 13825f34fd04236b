"""What a plan's steps imply: lifetimes, the memory curve, the peak, flash and multiply-accumulates.

A buffer lives from the first step that touches it (the start, when it holds values then) through the last one
(the end, when it must hold values then), inclusive; a copy that does not block touches its ends until its Wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.ops import spec_of
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Step, Wait, views_of

#: How many buffers :func:`explain_peak` names one by one.
SHOWN = 12


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
    return MappingProxyType({b.id: Interval(first[b.id], last[b.id] + 1) for b in plan.buffers if b.id in first})


def touched(plan: Plan, step: Step) -> tuple[str, ...]:
    """Ids of the buffers that a step touches, each once. A Wait touches what its Copy touches."""
    if isinstance(step, Wait):
        copy = plan.steps[step.copy] if 0 <= step.copy < len(plan.steps) else step
        return touched(plan, copy) if isinstance(copy, Copy) else ()
    scratch = (step.scratch,) if isinstance(step, Compute) and step.scratch else ()
    return tuple(dict.fromkeys((*(v.buffer for v in views_of(step)), *scratch)))


def live_bytes(plan: Plan, memory: str | None = None) -> tuple[int, ...]:
    """Bytes of the buffers in ``memory`` (default: the arena) that are live at each step."""
    memory = memory or plan.device.arena
    changes = [0] * (max(1, len(plan.steps)) + 1)
    for buffer_id, life in lifetimes(plan).items():
        buffer = plan.buffer[buffer_id]
        if buffer.memory == memory:
            changes[life.lo] += buffer.bytes
            changes[life.hi] -= buffer.bytes
    return tuple(accumulate(changes[:-1]))


def peak_bytes(plan: Plan, memory: str | None = None) -> int:
    """The live-set bound: no placement of these buffers, with these steps, needs less."""
    return max(live_bytes(plan, memory))


def arena_bytes(plan: Plan, memory: str | None = None) -> int:
    """Bytes of ``memory`` (default: the arena) from offset 0 to the end of the last buffer, scratch included."""
    memory = memory or plan.device.arena
    return max((b.end for b in plan.buffers if b.memory == memory), default=0)


def flash_bytes(plan: Plan) -> int:
    """Bytes that constants take in the device's constant memory.

    A constant kept in SRAM counts too: its values have to come from somewhere when the device is switched on.
    """
    names = {m.name for m in plan.device.memories if m.kind == "sram"}
    constants = dict.fromkeys(v.buffer for v in plan.at_start if plan.graph.tensors[v.tensor].is_const)
    in_sram = sum(plan.buffer[b].bytes for b in constants if plan.buffer[b].memory in names)
    return arena_bytes(plan, plan.device.constants) + in_sram


def macs(plan: Plan) -> int:
    """Multiply-accumulates of all steps; recomputed halos count each time."""
    return sum(step_macs(plan.graph, step) for step in plan.steps)


def step_macs(graph: Graph, step: Step) -> int:
    """Multiply-accumulates of one step."""
    if not isinstance(step, Compute):
        return 0
    op = graph.operators[step.op]
    boxes = (step.sums.box,) if step.sums else tuple(v.box if v else None for v in step.writes)
    return spec_of(op).macs(graph, op, boxes, step.reduce)


@dataclass(frozen=True)
class Peak:
    """The step at which most bytes are live (the first such), and the buffers live there (largest first)."""

    step: int
    bytes: int
    buffers: tuple[str, ...]
    plan: Plan = field(repr=False, compare=False)

    @cached_property
    def words(self) -> str:
        """Why: one sentence for the step, one line for each of the largest buffers live there."""
        plan, lives = self.plan, lifetimes(self.plan)
        live = [plan.buffer[b] for b in self.buffers]
        doing = _doing(plan, plan.steps[self.step]) if plan.steps else "nothing"
        lines = [f"Step {self.step} ({doing}) needs {self.bytes:,} B at once, the most of all {len(plan.steps)} steps:"]
        lines += [f"  {b.bytes:>9,} B  {b.id}: {_reason(plan, b, lives[b.id], self.step)}" for b in live[:SHOWN]]
        if len(live) > SHOWN:
            lines.append(f"  {sum(b.bytes for b in live[SHOWN:]):>9,} B  in {len(live) - SHOWN} more buffers")
        return "\n".join(lines)


def explain_peak(plan: Plan, memory: str | None = None) -> Peak:
    """Where the peak is and what is live there; its words are made when they are asked for."""
    memory = memory or plan.device.arena
    curve = live_bytes(plan, memory)
    at = curve.index(max(curve))
    live = [plan.buffer[b] for b, life in lifetimes(plan).items() if at in life and plan.buffer[b].memory == memory]
    live.sort(key=lambda b: (-b.bytes, b.id))
    return Peak(at, curve[at], tuple(b.id for b in live), plan)


def _doing(plan: Plan, step: Step) -> str:
    if isinstance(step, Compute):
        return f"{plan.graph.operators[step.op].kind}, op {step.op}"
    if isinstance(step, Copy):
        return f"copy of {plan.graph.tensors[step.dst.tensor].name}"
    return f"wait for the copy of step {step.copy}"


def _reason(plan: Plan, buffer: Buffer, life: Interval, at: int) -> str:
    if buffer.form is Form.SCRATCH:
        return "working memory of this step's kernel"
    tensors = _tensors_in(plan, buffer.id)
    names = ", ".join(_short(plan.graph.tensors[t].name) for t in tensors[:3]) + (" …" if len(tensors) > 3 else "")
    what = f"sums of {names}" if buffer.form is Form.SUMS else names
    if buffer.id in touched(plan, plan.steps[at]) if plan.steps else False:
        return f"{what}, used by this step"
    if life.hi == max(1, len(plan.steps)) and any(v.buffer == buffer.id for v in plan.at_end):
        return f"{what}, kept to the end"
    return f"{what}, still wanted by step {life.hi - 1}"


def _short(name: str) -> str:
    """A tensor's name for a line of text: converters join the names of all fused operators with semicolons."""
    head = name.split(";")[0]
    return head if len(head) <= 48 else "…" + head[-47:]


def _tensors_in(plan: Plan, buffer: str) -> tuple[int, ...]:
    views = (*plan.at_start, *(v for s in plan.steps for v in views_of(s)), *plan.at_end)
    return tuple(dict.fromkeys(v.tensor for v in views if v.buffer == buffer))
