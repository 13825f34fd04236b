"""What a plan's steps imply: lifetimes, the memory curve, the peak, flash and multiply-accumulates.

The curve counts the bytes that are live (:mod:`mcu_lab.plan.extents`), of a buffer in parts not all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from mcu_lab.device.model import Memory
from mcu_lab.errors import printable
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Tensor
from mcu_lab.graph.remembered import remembered
from mcu_lab.ops import spec_of
from mcu_lab.plan.extent import live_curve
from mcu_lab.plan.extents import extents
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Step, views_of
from mcu_lab.plan.touches import lifetimes, touched

#: How many buffers :func:`explain_peak` names one by one.
SHOWN = 12


def live_bytes(plan: Plan, memory: str | None = None) -> tuple[int, ...]:
    """Bytes in ``memory`` (default: the arena) that are live at each step: the hulls of its buffers, added up."""
    return _live_bytes(plan, memory or plan.device.arena)


@remembered(most=4, shared=True)
def _live_bytes(plan: Plan, memory: str) -> tuple[int, ...]:
    curve = live_curve(extents(plan, memory).values(), max(1, len(plan.steps)))
    return tuple(curve.tolist())


def peak_bytes(plan: Plan, memory: str | None = None) -> int:
    """The live-set bound: no placement of these buffers that keeps their hulls apart, with these steps, needs less."""
    return max(live_bytes(plan, memory))


def arena_bytes(plan: Plan, memory: str | None = None) -> int:
    """Bytes of ``memory`` (default: the arena) from offset 0 to the end of the last buffer, scratch included."""
    memory = memory or plan.device.arena
    return max((b.end for b in plan.buffers if b.memory == memory), default=0)


def flash_bytes(plan: Plan) -> int:
    """Bytes that constants take in the device's constant memory.

    A constant kept in SRAM counts too, and what state starts with unless one byte says it: these values have to come
    from somewhere when the device is switched on.
    """
    return arena_bytes(plan, plan.device.constants) + sum(buffer.bytes for buffer in kept_in_ram(plan))


def kept_in_ram(plan: Plan) -> tuple[Buffer, ...]:
    """Buffers in SRAM that begin with what has to come from flash when the device is switched on."""
    names = {m.name for m in plan.device.memories if m.kind == "sram"}
    stored = dict.fromkeys(v.buffer for v in plan.at_start if _is_stored(plan.graph.tensors[v.tensor]))
    stored |= dict.fromkeys(b.id for b in plan.buffers if b.holds is not None)
    return tuple(plan.buffer[b] for b in stored if plan.buffer[b].memory in names)


def _is_stored(tensor: Tensor) -> bool:
    return tensor.is_const or (tensor.variable and tensor.fresh_byte is None)


def used_bytes(plan: Plan, memory: str) -> int:
    """Bytes that the plan takes of a memory of its device."""
    return flash_bytes(plan) if memory == plan.device.constants else arena_bytes(plan, memory)


def overfull(plan: Plan) -> tuple[Memory, ...]:
    """Memories of the device of which the plan takes more than there is: it fits when there are none."""
    return tuple(m for m in plan.device.memories if used_bytes(plan, m.name) > m.bytes)


def macs(plan: Plan) -> int:
    """Multiply-accumulates of all steps; recomputed halos count each time."""
    return sum(macs_by_step(plan))


@remembered(shared=True)
def macs_by_step(plan: Plan) -> tuple[int, ...]:
    """Multiply-accumulates of each step."""
    return tuple(step_macs(plan.graph, step) for step in plan.steps)


def step_macs(graph: Graph, step: Step) -> int:
    """Multiply-accumulates of one step."""
    if not isinstance(step, Compute):
        return 0
    op = graph.operators[step.op]
    boxes = (step.sums.box,) if step.sums else tuple(v.box if v else None for v in step.writes)
    whole, whole_macs = _whole(graph)[step.op]
    if step.reduce is None and boxes == whole:
        return whole_macs
    return spec_of(op).macs(graph, op, boxes, step.reduce)


@remembered()
def _whole(graph: Graph) -> tuple[tuple[tuple[Box, ...], int], ...]:
    """For each operator the boxes of all that it makes, and the multiply-accumulates that they take."""
    boxes = [tuple(Box.full(graph.tensors[t].shape) for t in op.outputs) for op in graph.operators]
    pairs = zip(graph.operators, boxes, strict=True)
    return tuple((whole, spec.macs(graph, op, whole, None) if (spec := spec_of(op)) else 0) for op, whole in pairs)


@dataclass(frozen=True)
class Peak:
    """The step at which most bytes are live (the first such), and the buffers live there (most live bytes first).

    live  for each of the buffers, which of its bytes are live: their hull.
    """

    step: int
    bytes: int
    buffers: tuple[str, ...]
    live: tuple[Interval, ...]
    plan: Plan = field(repr=False, compare=False)

    @cached_property
    def words(self) -> str:
        """Why: one sentence for the step, one line for each of the largest buffers live there."""
        plan, lives = self.plan, lifetimes(self.plan)
        live = [(plan.buffer[b], hull) for b, hull in zip(self.buffers, self.live, strict=True)]
        doing = _doing(plan, plan.steps[self.step]) if plan.steps else "nothing"
        lines = [f"Step {self.step} ({doing}) needs {self.bytes:,} B at once, the most of all {len(plan.steps)} steps:"]
        for buffer, hull in live[:SHOWN]:
            what = f"{buffer.id}{_part(plan, buffer, hull)}"
            lines.append(f"  {len(hull):>9,} B  {what}: {_reason(plan, buffer, lives[buffer.id], self.step)}")
        if len(live) > SHOWN:
            rest = sum(len(hull) for _, hull in live[SHOWN:])
            lines.append(f"  {rest:>9,} B  in {len(live) - SHOWN} more buffers")
        return "\n".join(lines)


def explain_peak(plan: Plan, memory: str | None = None) -> Peak:
    """Where the peak is and what is live there; its words are made when they are asked for."""
    found, curve = extents(plan, memory), live_bytes(plan, memory)
    at = curve.index(max(curve))
    live = [(b, hull) for b, extent in found.items() if (hull := extent.at(at))]
    live.sort(key=lambda pair: (-len(pair[1]), pair[0]))
    return Peak(at, curve[at], tuple(b for b, _ in live), tuple(hull for _, hull in live), plan)


def _part(plan: Plan, buffer: Buffer, hull: Interval) -> str:
    """Which part of a buffer is live, in words; empty when all of it is."""
    if len(hull) == buffer.bytes:
        return ""
    tensors = _tensors_in(plan, buffer.id)
    whole = len(tensors) == 1 and plan.graph.tensors[tensors[0]].shape == buffer.shape
    if whole and buffer.form is Form.PLAIN and len(buffer.shape) == 4 and buffer.shape[0] == 1:
        rows = buffer.shape[1]
        row_bytes = buffer.bytes // rows
        if hull.lo % row_bytes == hull.hi % row_bytes == 0:
            return f" (rows {hull.lo // row_bytes}:{hull.hi // row_bytes} of {rows})"
    return f" ({len(hull):,} of {buffer.bytes:,} B)"


def _doing(plan: Plan, step: Step) -> str:
    if isinstance(step, Compute):
        return f"{plan.graph.operators[step.op].kind}, op {step.op}"
    if isinstance(step, Copy):
        return f"copy of {_short(plan.graph.tensors[step.dst.tensor].name)}"
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
    head = printable(name.split(";")[0])
    return head if len(head) <= 48 else "…" + head[-47:]


def _tensors_in(plan: Plan, buffer: str) -> tuple[int, ...]:
    views = (*plan.at_start, *(v for s in plan.steps for v in views_of(s)), *plan.at_end)
    return tuple(dict.fromkeys(v.tensor for v in views if v.buffer == buffer))
