"""Which operators there are, and what of a graph cannot be executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops import (
    add,
    average_pool_2d,
    concatenation,
    conv_2d,
    depthwise_conv_2d,
    dequantize,
    expand_dims,
    fill,
    fully_connected,
    l2_normalization,
    leaky_relu,
    logistic,
    max_pool_2d,
    mean,
    mul,
    pack,
    pad,
    quantize,
    relu,
    relu6,
    relu_n1_to_1,
    reshape,
    resize_nearest_neighbor,
    shape,
    softmax,
    split,
    split_v,
    squeeze,
    strided_slice,
    sub,
    tanh,
    transpose,
    unpack,
)
from mcu_lab.ops.spec import OpSpec

_MODULES = (
    add, average_pool_2d, concatenation, conv_2d, depthwise_conv_2d, dequantize, expand_dims, fill, fully_connected,
    l2_normalization, leaky_relu, logistic, max_pool_2d, mean, mul, pack, pad, quantize, relu, relu6, relu_n1_to_1,
    reshape, resize_nearest_neighbor, shape, softmax, split, split_v, squeeze, strided_slice, sub, tanh, transpose,
    unpack,
)  # fmt: skip

#: Every operator that can be executed, by TFLite builtin name.
SPECS: Mapping[str, OpSpec] = MappingProxyType({m.SPEC.kind: m.SPEC for m in _MODULES})


@dataclass(frozen=True, slots=True)
class Unsupported:
    """One reason why a graph cannot be executed. ``op`` and ``kind`` are None and "" for the graph as a whole."""

    op: int | None
    kind: str
    reason: str

    def __str__(self) -> str:
        return self.reason if self.op is None else f"op{self.op} {self.kind}: {self.reason}"


def spec_of(op: Operator) -> OpSpec:
    """The specification of a supported operator. Raises UnsupportedError for any other."""
    spec = SPECS.get(op.kind)
    if spec is None:
        raise UnsupportedError(f"{op.kind} is not supported.", where=str(op))
    return spec


def problems(graph: Graph) -> tuple[Unsupported, ...]:
    """Everything in the graph that cannot be executed, all at once; empty when all of it can. Never raises."""
    found = [Unsupported(op.id, op.kind, reason) for op in graph.operators for reason in _reasons(graph, op)]
    found += [
        Unsupported(None, "", f"{t.name!r} is a variable; state from one inference to the next is not supported.")
        for t in graph.tensors
        if t.variable
    ]
    return tuple(found)


def require_supported(graph: Graph) -> None:
    """Raises UnsupportedError that lists everything :func:`problems` finds."""
    found = problems(graph)
    if found:
        raise UnsupportedError("; ".join(str(f) for f in found), where=graph.name)


def _reasons(graph: Graph, op: Operator) -> tuple[str, ...]:
    spec = SPECS.get(op.kind)
    if spec is None:
        return ("this operator is not supported.",)
    tensors = [graph.tensors[t] for t in (*op.inputs, *op.outputs) if t >= 0]
    wrong = [
        f"{t.name!r} is {t.dtype}; supported are {', '.join(spec.dtypes)}."
        for t in tensors
        if not t.is_const and t.dtype not in spec.dtypes
    ]
    wrong += [f"{t.name!r} has the shape {list(t.shape)}." for t in tensors if any(n < 1 for n in t.shape)]
    # What an operator says of its limits presumes dtypes it knows and shapes that hold something.
    return tuple(wrong) or spec.limits(graph, op)
