"""Does every field have the type that the model says, and is the graph one?

A dataclass does not enforce its annotations, and a plan may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from reprlib import Repr

from mcu_lab.device.model import Device, Link, Memory
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.plan.model import Buffer, Codebook, Codes, Compute, Copy, Form, Plan, Ring, View, Wait
from mcu_lab.plan.verify.problem import Problem, ProblemCode

#: Integers of a plan, and elements of a tensor, stay below these.
_INT_BOUND = 1 << 62
_ELEMENT_BOUND = 1 << 40

_SHORT = Repr()
_SHORT.maxother = 100


def _shown(what: object) -> str:
    try:
        return _SHORT.repr(what)
    except ValueError:  # an integer with more digits than Python prints
        return f"a huge {type(what).__name__}"


def type_problems(plan: Plan) -> Iterator[Problem]:
    """Everything in the plan, except its graph, that is not what the model says."""

    def malformed(what: object, where: str, step: int | None = None) -> Problem:
        message = f"{where} is {_shown(what)}. See mcu_lab.plan.model for what it may be."
        return Problem(ProblemCode.MALFORMED, step, None, message)

    for name in ("buffers", "steps", "at_start", "at_end"):
        if not isinstance(getattr(plan, name, None), tuple):
            yield malformed(getattr(plan, name, None), f"The plan's {name}")
            return
    if not _is_device(plan.device):
        yield malformed(plan.device, "The device")
    for buffer in plan.buffers:
        if not _is_buffer(buffer):
            yield malformed(buffer, "A buffer")
    for view in (*plan.at_start, *plan.at_end):
        if not _is_view(view):
            yield malformed(view, "A View at start or end")
    for index, step in enumerate(plan.steps):
        if not _is_step(step):
            yield malformed(step, "The step", index)


def _is_int(*values: object) -> bool:
    for v in values:  # noqa: SIM110 (a generator takes twice as long, and plans have very many integers)
        if type(v) is not int or not -_INT_BOUND < v < _INT_BOUND:
            return False
    return True


def _is_device(device: object) -> bool:
    return (
        isinstance(device, Device)
        and isinstance(device.memories, tuple)
        and all(_is_memory(m) for m in device.memories)
        and isinstance(device.links, tuple)
        and all(_is_link(link) for link in device.links)
        and isinstance(device.arena, str)
        and isinstance(device.constants, str)
        and {device.arena, device.constants} <= {m.name for m in device.memories}
        and len({m.name for m in device.memories}) == len(device.memories)
    )


def _is_link(link: object) -> bool:
    return (
        isinstance(link, Link)
        and isinstance(link.src, str)
        and isinstance(link.dst, str)
        and _is_int(link.burst_bytes)
        and type(link.asynchronous) is bool
    )


def _is_memory(memory: object) -> bool:
    return (
        isinstance(memory, Memory)
        and isinstance(memory.name, str)
        and _is_int(memory.bytes, memory.alignment)
        and memory.alignment > 0
        and type(memory.reach) is type(memory.writable) is bool
    )


def _is_buffer(buffer: object) -> bool:
    return (
        isinstance(buffer, Buffer)
        and isinstance(buffer.id, str)
        and isinstance(buffer.memory, str)
        and _is_int(buffer.bytes, buffer.alignment)
        and buffer.bytes >= 0
        and buffer.alignment > 0
        and (buffer.offset is None or _is_int(buffer.offset))
        and isinstance(buffer.form, Form)
        and (buffer.holds is None or _is_held(buffer.holds))
    )


def _is_held(held: object) -> bool:
    if isinstance(held, Codes):
        return isinstance(held.codebook, str) and isinstance(held.numbers, bytes)
    return (
        isinstance(held, Codebook)
        and _is_int(held.length)
        and isinstance(held.dtype, str)
        and isinstance(held.vectors, bytes)
    )


def _is_view(view: object) -> bool:
    return (
        isinstance(view, View)
        and isinstance(view.buffer, str)
        and _is_int(view.tensor, view.origin)
        and isinstance(view.box, Box)
        and isinstance(view.box.intervals, tuple)
        and all(_is_interval(i) for i in view.box.intervals)
        and isinstance(view.strides, tuple)
        and _is_int(*view.strides)
        and len(view.strides) == len(view.box.intervals)
        and (view.ring is None or _is_ring(view.ring))
    )


def _is_ring(ring: object) -> bool:
    return isinstance(ring, Ring) and _is_int(ring.axis, ring.rows, ring.phase)


def _is_interval(interval: object) -> bool:
    return isinstance(interval, Interval) and _is_int(interval.lo, interval.hi)


def _is_step(step: object) -> bool:
    if isinstance(step, Wait):
        return _is_int(step.id, step.copy)
    if isinstance(step, Copy):
        return _is_int(step.id) and _is_view(step.src) and _is_view(step.dst) and type(step.blocking) is bool
    return (
        isinstance(step, Compute)
        and _is_int(step.id, step.op)
        and isinstance(step.writes, tuple)
        and all(v is None or _is_view(v) for v in step.writes)
        and isinstance(step.reads, tuple)
        and all(isinstance(slot, tuple) and all(_is_view(v) for v in slot) for slot in step.reads)
        and (step.reduce is None or _is_interval(step.reduce))
        and (step.sums is None or _is_view(step.sums))
        and (step.scratch is None or isinstance(step.scratch, str))
    )


def graph_problems(plan: Plan) -> Iterator[Problem]:
    """What the rest relies on; our own reader makes no other graphs."""
    fault = _graph_fault(plan.graph)
    if fault:
        yield Problem(ProblemCode.GRAPH, None, None, f"{fault} Read the model again.")


def _graph_fault(graph: object) -> str:
    if not isinstance(graph, Graph) or not isinstance(graph.tensors, tuple) or not isinstance(graph.operators, tuple):
        return f"The plan's graph is {_shown(graph)}."
    for index, tensor in enumerate(graph.tensors):
        fault = _tensor_fault(index, tensor)
        if fault:
            return fault
    produced: set[int] = set()
    for index, op in enumerate(graph.operators):
        fault = _operator_fault(graph, index, op)
        if fault:
            return fault
        if len(set(op.outputs)) < len(op.outputs) or not produced.isdisjoint(op.outputs):
            return f"{op} writes tensors {op.outputs}, of which one is written before."
        produced.update(op.outputs)
    if not _are_tensors(graph, graph.inputs, 0) or not _are_tensors(graph, graph.outputs, 0):
        return f"The graph has inputs {_shown(graph.inputs)} and outputs {_shown(graph.outputs)}."
    return ""


def _tensor_fault(index: int, tensor: object) -> str:
    if not isinstance(tensor, Tensor) or tensor.id != index:
        return f"The tensor at index {index} is {_shown(tensor)}."
    if not isinstance(tensor.shape, tuple) or not _is_int(*tensor.shape) or not isinstance(tensor.dtype, str):
        return f"Tensor {index} has shape {_shown(tensor.shape)} and dtype {_shown(tensor.dtype)}."
    if not isinstance(tensor.name, str) or type(tensor.variable) is not bool:
        return f"Tensor {index} is called {_shown(tensor.name)}, and is a variable: {_shown(tensor.variable)}."
    if tensor.quant is not None and not _is_quant(tensor.quant):
        return f"Tensor {index} is quantized by {_shown(tensor.quant)}."
    if any(n < 0 for n in tensor.shape) or tensor.elements > _ELEMENT_BOUND:
        return f"Tensor {index} has shape {tensor.shape}."
    if tensor.data is not None and not isinstance(tensor.data, bytes):
        return f"The data of tensor {index} is {_shown(tensor.data)}."
    if tensor.data is not None and tensor.element_bytes and len(tensor.data) != tensor.bytes:
        return f"Constant {tensor} has {len(tensor.data)} B of data for {tensor.bytes} B of elements."
    return ""


def _operator_fault(graph: Graph, index: int, op: object) -> str:
    if not isinstance(op, Operator) or op.id != index or not isinstance(op.kind, str) or not _are_attrs(op.attrs):
        return f"The operator at index {index} is {_shown(op)}."
    if not _are_tensors(graph, op.inputs, -1) or not _are_tensors(graph, op.outputs, 0):
        return f"{op} has inputs {_shown(op.inputs)} and outputs {_shown(op.outputs)}."
    constants = [t for t in op.outputs if graph.tensors[t].is_const]
    return f"{op} writes constant {graph.tensors[constants[0]]}." if constants else ""


def _is_quant(quant: object) -> bool:
    return (
        isinstance(quant, Quant)
        and isinstance(quant.scales, tuple)
        and all(isinstance(scale, float) for scale in quant.scales)
        and isinstance(quant.zero_points, tuple)
        and _is_int(*quant.zero_points)
        and (quant.axis is None or _is_int(quant.axis))
    )


def _are_attrs(attrs: object) -> bool:
    """Names and numbers, bools, texts or runs of numbers."""
    if not isinstance(attrs, Mapping) or not all(isinstance(name, str) for name in attrs):
        return False
    runs = (value if isinstance(value, tuple) else (value,) for value in attrs.values())
    return all(isinstance(value, (int, float, str, bytes)) for run in runs for value in run)


def _are_tensors(graph: Graph, ids: object, lowest: int) -> bool:
    return isinstance(ids, tuple) and _is_int(*ids) and all(lowest <= t < len(graph.tensors) for t in ids)
