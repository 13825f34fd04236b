"""SVDF: a dense layer over what a few filters have made of the last inputs (Nakkiran et al. 2015).

Each filter makes one number of the input and remembers its last ones; a second set of weights sums these up over time,
and ``rank`` filters add up to a unit. The memory is state: [batch, filters * memory], of a filter the oldest number
first.

Sources: TFLite ``reference/svdf.h`` (EvalIntegerSVDF, EvalFloatSVDF) and ``kernels/svdf.cc`` (effective scales are
float32); TFLite Micro ``kernels/svdf_common.cc`` for an int8 memory, which LiteRT refuses: its zero point is added
behind the clamp, and wraps around where that leads out of int8, as it does in TFLite Micro's released packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.products import ordered_product
from mcu_lab.numerics.requantize import clamp_floats, float_activation_range
from mcu_lab.ops.regions import number
from mcu_lab.ops.spec import Follow, Forms, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.whole import needs_all, scale_limits, values_of

INPUT, FEATURE, TIME, BIAS, STATE = range(5)
CLAMPS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


@dataclass(frozen=True)
class Sizes:
    batch: int
    inputs: int
    filters: int
    memory: int
    rank: int

    @property
    def units(self) -> int:
        return self.filters // self.rank


def sizes(graph: Graph, op: Operator) -> Sizes:
    """Of a use of the operator that passed its limits."""
    x, feature, time = (graph.tensors[op.inputs[slot]] for slot in (INPUT, FEATURE, TIME))
    return Sizes(x.shape[0], x.shape[1], feature.shape[0], time.shape[1], int(number(op, "rank", 1)))


def effective_scales(graph: Graph, op: Operator) -> tuple[float, float]:
    """From the products of the first weights to the memory, and from those of the second to the output."""
    x, feature, time, state, y = (
        np.float32(_scale(graph.tensors[t])) for t in (*op.inputs[:BIAS], op.inputs[STATE], op.outputs[0])
    )
    return float(x * feature / state), float(state * time / y)


def _scale(tensor: Tensor) -> float:
    assert tensor.quant
    return tensor.quant.scale


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 5 or any(op.inputs[slot] < 0 for slot in (INPUT, FEATURE, TIME, STATE)):
        return (f"it has {len(op.inputs)} inputs; five are expected, of which only the bias may be absent.",)
    if len(op.outputs) != 2 or op.outputs[1] != op.inputs[STATE]:
        return ("its memory is no variable of its own.",)
    x, feature, time, state = (graph.tensors[op.inputs[slot]] for slot in (INPUT, FEATURE, TIME, STATE))
    y, bias = graph.tensors[op.outputs[0]], graph.tensors[op.inputs[BIAS]] if op.inputs[BIAS] >= 0 else None
    if any(len(t.shape) != 2 for t in (x, feature, time, state, y)):
        return ("its tensors are not all matrices.",)
    rank = number(op, "rank", 1)
    if not 1 <= rank <= feature.shape[0] or feature.shape[0] % rank:
        return (f"the rank is {rank!r}, of {feature.shape[0]} filters.",)
    given = sizes(graph, op)
    wanted: dict[str, tuple[Tensor, tuple[int, ...]]] = {
        "weights_feature": (feature, (given.filters, given.inputs)),
        "weights_time": (time, (given.filters, given.memory)),
        "the memory": (state, (given.batch, given.filters * given.memory)),
        "the output": (y, (given.batch, given.units)),
    }
    if bias is not None:
        wanted["the bias"] = bias, (given.units,)
    found = [f"{what} is {list(t.shape)}, not {list(n)}." for what, (t, n) in wanted.items() if t.shape != n]
    if x.dtype == "float32":
        kinds = {"float32"}
        activation = op.attrs.get("fused_activation_function", "NONE")
        if activation not in CLAMPS:
            found.append(f"fused_activation_function is {activation!r}; {', '.join(CLAMPS)} are supported.")
        odd = [t for t in (feature, time, state, y, *filter(None, (bias,))) if t.dtype not in kinds]
    else:
        odd = [t for t in (x, feature, y) if t.dtype != "int8"] + [
            t for t in filter(None, (bias,)) if t.dtype != "int32"
        ]
        odd += [t for t in (time, state) if t.dtype not in ("int8", "int16") or t.dtype != state.dtype]
    found += [f"{t.name!r} is {t.dtype}, which does not go with the others." for t in odd]
    if found or x.dtype == "float32":
        return tuple(found)
    found += scale_limits((x, feature, time, state, y))
    if not found and state.dtype == "int16" and state.quant and state.quant.zero_point:
        found.append(f"the memory is int16 with the zero point {state.quant.zero_point}; it must be 0.")
    if not found and max(effective_scales(graph, op)) >= 2.0**30:
        found.append(f"its scales are {effective_scales(graph, op)}; they must stay below 2**30.")
    return tuple(found)


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return needs_all(graph, op, writes)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    x, feature, time, bias, state = (values_of(graph, op, slot, regions) for slot in range(5))
    assert x is not None and feature is not None and time is not None and state is not None
    given = sizes(graph, op)
    left = np.empty((given.batch, given.filters, given.memory), state.dtype)
    left[..., :-1] = state.reshape(left.shape)[..., 1:]
    made = _floats if x.dtype == np.float32 else _integers
    y = made(graph, op, given, x, feature, time, bias, left)
    full = y, left.reshape(state.shape)
    return tuple(None if box is None else values[box.slices] for box, values in zip(writes, full, strict=True))


def _floats(
    graph: Graph,
    op: Operator,
    given: Sizes,
    x: np.ndarray,
    feature: np.ndarray,
    time: np.ndarray,
    bias: np.ndarray | None,
    left: np.ndarray,
) -> np.ndarray:
    """The output; completes the memory that is left."""
    left[..., -1] = ordered_product(x, feature.T)
    over_time = np.zeros(left.shape[:2], np.float32)
    for j in range(given.memory):
        over_time += left[..., j] * time[:, j]
    y = np.zeros((given.batch, given.units), np.float32) + (np.float32(0) if bias is None else bias)
    by_unit = over_time.reshape(given.batch, given.units, given.rank)
    for j in range(given.rank):
        y += by_unit[..., j]
    return clamp_floats(y, str(op.attrs.get("fused_activation_function", "NONE")))


def _integers(
    graph: Graph,
    op: Operator,
    given: Sizes,
    x: np.ndarray,
    feature: np.ndarray,
    time: np.ndarray,
    bias: np.ndarray | None,
    left: np.ndarray,
) -> np.ndarray:
    into_memory, into_output = (quantize_multiplier(s) for s in effective_scales(graph, op))
    zero_in, zero_state, zero_out = _zero_points(graph, op)
    sums = wrapped((x.astype(np.int64) - zero_in) @ feature.astype(np.int64).T)
    info = np.iinfo(left.dtype)
    numbers = np.clip(multiply_by_quantized_multiplier(sums, *into_memory), info.min, info.max)
    left[..., -1] = (numbers + zero_state).astype(left.dtype)
    over_time = ((left.astype(np.int64) - zero_state) * time.astype(np.int64)).sum(axis=-1)
    total = over_time.reshape(given.batch, given.units, given.rank).sum(axis=-1)
    total = wrapped(total + (0 if bias is None else bias.astype(np.int64)))
    scaled = wrapped(multiply_by_quantized_multiplier(total, *into_output) + zero_out)
    return np.clip(scaled, -128, 127).astype(np.int8)


def _zero_points(graph: Graph, op: Operator) -> tuple[int, int, int]:
    quants = [graph.tensors[t].quant for t in (op.inputs[INPUT], op.inputs[STATE], op.outputs[0])]
    first, second, third = (quant.zero_point if quant else 0 for quant in quants)
    return first, second, third


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    given = sizes(graph, op)
    made = 0 if writes[0] is None or not writes[0].size else given.filters * given.memory
    return given.batch * (given.filters * given.inputs + made)


def scratch_bytes(graph: Graph, op: Operator, writes: WriteBoxes) -> int:
    """What each filter makes of the input, in 32 bits."""
    given = sizes(graph, op)
    return 4 * given.batch * given.filters


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    given = sizes(graph, op)
    params: dict[str, int | float | np.ndarray] = {
        "batch": given.batch, "inputs": given.inputs, "filters": given.filters, "memory": given.memory,
        "rank": given.rank,
    }  # fmt: skip
    if graph.tensors[op.inputs[INPUT]].dtype == "float32":
        lo, hi = float_activation_range(str(op.attrs.get("fused_activation_function", "NONE")), most=np.inf)
        return params | {"real_min": float(lo), "real_max": float(hi)}
    (m1, s1), (m2, s2) = (quantize_multiplier(s) for s in effective_scales(graph, op))
    zero_in, zero_state, zero_out = _zero_points(graph, op)
    return params | {
        "multiplier_in": m1, "shift_in": s1, "multiplier_out": m2, "shift_out": s2, "zero_in": zero_in,
        "zero_state": zero_state, "zero_out": zero_out,
        "state_bytes": graph.tensors[op.inputs[STATE]].element_bytes,
    }  # fmt: skip


SPEC = OpSpec(
    kind="SVDF",
    dtypes=("int8", "int16", "float32"),
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    forms=Forms((Follow.NOWHERE,), Follow.NOWHERE),
    updates=((STATE, 1),),
    scratch_bytes=scratch_bytes,
    notes=(
        "Runs whole; its memory is state. int8 with a memory of int16, or of int8 as TFLite Micro has it, which LiteRT "
        "refuses; a fused activation counts for float32 only, as there."
    ),
    c_kernel="svdf",
    c_params=c_params,
)
