"""CONCATENATION: tensors one behind the other along an axis.

int8 inputs must be quantized like the output. uint8 inputs that are not are converted in float32 arithmetic (TFLite
``reference/concatenation.h``, ConcatenationWithScaling).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import converted, wrapped
from mcu_lab.numerics.lut import byte_values, dtype_range, look_up, round_half_away
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import Part, free, scatter_aliases, scatter_needs, scattered, slab
from mcu_lab.ops.regions import axis_attr, same_quantization
from mcu_lab.ops.spec import Alias, OpSpec, Region, WriteBoxes


def axis_of(graph: Graph, op: Operator) -> int:
    return axis_attr(op, len(graph.tensors[op.outputs[0]].shape))


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    axis = axis_of(graph, op)
    shapes = [graph.tensors[t].shape for t in op.inputs]
    starts = accumulate((shape[axis] for shape in shapes), initial=0)
    return tuple(
        slab(slot, shape, axis, start) for slot, (shape, start) in enumerate(zip(shapes, starts, strict=False))
    )


def converts(graph: Graph, op: Operator, slot: int) -> bool:
    """Whether the values of this input change on their way into the output."""
    x, y = graph.tensors[op.inputs[slot]], graph.tensors[op.outputs[0]]
    return y.dtype == "uint8" and not same_quantization((x, y))


def table(graph: Graph, op: Operator, slot: int) -> np.ndarray:
    """uint8[256]: the output value of each value of input ``slot``."""
    x, y = graph.tensors[op.inputs[slot]].quant, graph.tensors[op.outputs[0]].quant
    assert x and y
    scale = np.float32(x.scale) * (np.float32(1) / np.float32(y.scale))
    bias = np.float32(-x.zero_point) * scale
    rounded = round_half_away(byte_values("uint8").astype(np.float32) * scale + bias)
    return np.clip(wrapped(converted(rounded) + y.zero_point), *dtype_range("uint8")).astype(np.uint8)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    converted = tuple(
        Region(region.box, look_up(table(graph, op, slot), region.values))
        if region is not None and converts(graph, op, slot)
        else region
        for slot, region in enumerate(regions)
    )
    return (scattered(graph, op, box, converted, parts, np.empty(box.shape, graph.tensors[op.outputs[0]].dtype)),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if not op.inputs or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs.",)
    if op.attrs.get("fused_activation_function", "NONE") != "NONE":
        return (f"fused_activation_function is {op.attrs['fused_activation_function']!r}; only NONE is supported.",)
    whole, axis = graph.tensors[op.outputs[0]], axis_of(graph, op)
    inputs = [graph.tensors[t] for t in op.inputs]
    if not 0 <= axis < len(whole.shape):
        return (f"axis {axis} is not one of the output's {len(whole.shape)} axes.",)
    others = whole.shape[:axis] + whole.shape[axis + 1 :]
    if any(len(t.shape) != len(whole.shape) or t.shape[:axis] + t.shape[axis + 1 :] != others for t in inputs):
        return (f"the inputs' shapes do not match {list(whole.shape)} beside axis {axis}.",)
    if sum(t.shape[axis] for t in inputs) != whole.shape[axis]:
        return (f"the inputs together are not {whole.shape[axis]} long on axis {axis}.",)
    found = [f"{t.name!r} is {t.dtype} but the output is {whole.dtype}." for t in inputs if t.dtype != whole.dtype]
    if whole.dtype == "uint8":
        found += [f"{t.name!r} has no scale and zero point." for t in (*inputs, whole) if t.quant is None]
    elif not same_quantization((whole, *inputs)):
        found.append(f"the inputs and the output are not all quantized alike, as {whole.dtype} must be.")
    return tuple(found)


def aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
    if any(converts(graph, op, slot) for slot in range(len(op.inputs))):
        return ()
    return free(scatter_aliases(parts))(graph, op)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    rank, axis = len(graph.tensors[op.outputs[0]].shape), axis_of(graph, op)
    converting = [slot for slot in range(len(op.inputs)) if converts(graph, op, slot)]
    order = [converting.index(slot) if slot in converting else -1 for slot in range(len(op.inputs))]
    return {
        "axis_from_last": rank - 1 - axis,
        "start": np.array([part.along[axis].start for part in parts(graph, op)], dtype=np.int32),
        "converts": np.array(order, dtype=np.int32),
        "tables": np.array([table(graph, op, slot) for slot in converting], dtype=np.uint8).reshape(-1),
    }


SPEC = OpSpec(
    kind="CONCATENATION",
    dtypes=(*LISTED, "uint32"),
    needs=scatter_needs(parts),
    compute=compute,
    notes="uint8 inputs of other scales are converted; otherwise all tensors must be quantized alike.",
    limits=limits,
    aliases=aliases,
    c_kernel="concatenation",
    c_params=c_params,
)
