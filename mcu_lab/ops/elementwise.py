"""What all elementwise operators share: the broadcasting region rule, in-place slots, and common limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.spec import ReadBoxes, WriteBoxes


def operand_box(shape: Sequence[int], out: Box) -> Box:
    """The part of an operand of ``shape`` that an output box reads under numpy's broadcasting."""
    tail = out.intervals[len(out) - len(shape) :]
    return Box(tuple(Interval(0, 1) if n == 1 else i for n, i in zip(shape, tail, strict=True)))


def broadcast_needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    """Region rule of an operator whose inputs are broadcast against each other."""
    out = writes[0]
    if out is None or not out.size:
        return tuple(None for _ in op.inputs)
    return tuple(operand_box(graph.tensors[t].shape, out) for t in op.inputs)


def in_place_slots(graph: Graph, op: Operator) -> tuple[int, ...]:
    """Slots whose elements lie where the output's elements lie: same shape and element size, not constant."""
    out = graph.tensors[op.outputs[0]]
    return tuple(
        slot
        for slot, t in enumerate(op.inputs)
        if t >= 0
        and not graph.tensors[t].is_const
        and graph.tensors[t].shape == out.shape
        and graph.tensors[t].element_bytes == out.element_bytes
    )


def broadcast_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons why the shapes or dtypes of an elementwise operator do not fit together."""
    inputs = [graph.tensors[t] for t in op.inputs]
    out = graph.tensors[op.outputs[0]]
    found = [
        f"input {slot} is {t.dtype} but the output is {out.dtype}; both must be the same."
        for slot, t in enumerate(inputs)
        if t.dtype != out.dtype
    ]
    return (*found, *shape_limits(graph, op))


def shape_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons why the inputs do not broadcast to the output."""
    inputs = [graph.tensors[t] for t in op.inputs]
    out = graph.tensors[op.outputs[0]]
    try:
        shape = np.broadcast_shapes(*(t.shape for t in inputs))
    except ValueError:
        shapes = " and ".join(str(list(t.shape)) for t in inputs)
        return (f"the inputs' shapes {shapes} cannot be broadcast.",)
    if shape != out.shape:
        return (f"the inputs give shape {list(shape)} but the output tensor has {list(out.shape)}.",)
    return ()


def quantization_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons why the quantization of an operator's 8-bit tensors cannot be used: it must be per tensor, scales > 0."""
    found = []
    for t in (*op.inputs, *op.outputs):
        if t < 0 or graph.tensors[t].dtype not in ("int8", "uint8"):
            continue
        tensor = graph.tensors[t]
        if tensor.quant is None or len(tensor.quant.scales) != 1:
            found.append(f"{tensor.name!r} is {tensor.dtype} without one scale and zero point for the whole tensor.")
        elif not tensor.quant.scale > 0:
            found.append(f"{tensor.name!r} has scale {tensor.quant.scale}; it must be above 0.")
    return tuple(found)


def symmetric_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons why the quantization of int16 tensors cannot be used: per tensor, scales > 0, and zero points of 0."""
    tensors = (graph.tensors[t] for t in (*op.inputs, *op.outputs) if t >= 0)
    return tuple(
        f"{t.name!r} is int16 and needs one scale above 0 for the whole tensor, and the zero point 0."
        for t in tensors
        if t.dtype == "int16"
        and not (t.quant and len(t.quant.scales) == 1 and t.quant.scale > 0 and t.quant.zero_point == 0)
    )
