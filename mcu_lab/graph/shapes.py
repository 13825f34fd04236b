"""Shapes that a file leaves open, worked out from those of the inputs as runtimes do when they allocate tensors.

A tensor with a free dimension (-1 in its ``shape_signature``) is stored with some shape, which need not be the one it
has; what is made of it is as wrong. Only these are looked at: all other shapes are the file's word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor

Shape = tuple[int, ...]
_Rule = Callable[[Operator, Sequence[Tensor | None]], Shape]


def output_extent(length: int, span: int, stride: int, padding: str) -> int:
    """Extent of an output axis of sliding windows; not positive where no window fits."""
    return -(-length // stride) if padding == "SAME" else (length - span) // stride + 1


def with_known_shapes(graph: Graph) -> Graph:
    """The graph with the shapes of what is made of, or has, free dimensions. Shapes that no rule tells stay."""
    tensors = list(graph.tensors)
    changed: set[int] = set()
    for op in graph.operators:
        is_open = any(-1 in (tensors[t].shape_signature or ()) for t in op.outputs)
        if len(op.outputs) != 1 or not (is_open or changed.intersection(op.inputs)):
            continue
        shape = _shape_of(op, [tensors[t] if t >= 0 else None for t in op.inputs])
        out = tensors[op.outputs[0]]
        if shape is not None and shape != out.shape and not out.is_const and not out.variable:
            tensors[out.id] = replace(out, shape=shape)
            changed.add(out.id)
    return replace(graph, tensors=tuple(tensors)) if changed else graph


def _shape_of(op: Operator, inputs: Sequence[Tensor | None]) -> Shape | None:
    rule = _RULES.get(op.kind)
    if rule is None:
        return None
    try:
        shape = rule(op, inputs)
    except (ValueError, IndexError, TypeError, ZeroDivisionError, AttributeError, KeyError):
        return None  # nonsense, which the operator itself puts into words
    return shape if all(0 < n < 2**31 for n in shape) and prod(shape) < 2**31 else None


def _given(inputs: Sequence[Tensor | None], slot: int) -> Tensor:
    tensor = inputs[slot]
    if tensor is None:
        raise ValueError(f"input {slot} is absent")
    return tensor


def _numbers(inputs: Sequence[Tensor | None], slot: int) -> list[int]:
    return [int(n) for n in _given(inputs, slot).array.reshape(-1)]


def _integer(op: Operator, name: str, absent: int | None = None) -> int:
    value = op.attrs[name] if absent is None else op.attrs.get(name, absent)
    if not isinstance(value, int):
        raise ValueError(f"{name} is {value!r}")
    return value


def _same(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    return _given(inputs, 0).shape


def _broadcast(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    return np.broadcast_shapes(_given(inputs, 0).shape, _given(inputs, 1).shape)


def _windows(op: Operator, image: Shape, kernel: tuple[int, int], channels: int) -> Shape:
    axes: list[int] = []
    for axis, size in zip("hw", kernel, strict=True):
        dilation, stride = _integer(op, f"dilation_{axis}_factor", 1), _integer(op, f"stride_{axis}")
        axes.append(output_extent(image[len(axes) + 1], (size - 1) * dilation + 1, stride, str(op.attrs["padding"])))
    return (image[0], *axes, channels)


def _convolution(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    weights = _given(inputs, 1).shape
    channels = weights[3] if op.kind == "DEPTHWISE_CONV_2D" else weights[0]
    return _windows(op, _given(inputs, 0).shape, (weights[1], weights[2]), channels)


def _pool(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    image = _given(inputs, 0).shape
    return _windows(op, image, (_integer(op, "filter_height"), _integer(op, "filter_width")), image[3])


def _fully_connected(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    shape, (units, depth) = _given(inputs, 0).shape, _given(inputs, 1).shape
    return (*shape[:-1], units) if op.attrs.get("keep_num_dims") else (prod(shape) // depth, units)


def _new_shape(op: Operator) -> list[int]:
    shape = op.attrs["new_shape"]
    return [int(n) for n in shape] if isinstance(shape, tuple) else []


def _reshape(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    elements = prod(_given(inputs, 0).shape)
    wanted = _numbers(inputs, 1) if len(inputs) > 1 and inputs[1] else _new_shape(op)
    known = prod(n for n in wanted if n != -1)
    return tuple(elements // known if n == -1 else n for n in wanted)


def _padded(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    pairs = np.array(_numbers(inputs, 1)).reshape(-1, 2).sum(axis=1).tolist()
    return tuple(n + p for n, p in zip(_given(inputs, 0).shape, pairs, strict=True))


def _joined(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    shapes = [_given(inputs, slot).shape for slot in range(len(inputs))]
    axis = range(len(shapes[0]))[_integer(op, "axis")]
    return tuple(sum(s[a] for s in shapes) if a == axis else n for a, n in enumerate(shapes[0]))


def _transposed(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    shape = _given(inputs, 0).shape
    return tuple(shape[axis] for axis in _numbers(inputs, 1))


def _reduced(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    shape = _given(inputs, 0).shape
    axes = {range(len(shape))[axis] for axis in _numbers(inputs, 1)}
    kept = [(a, n) for a, n in enumerate(shape) if op.attrs.get("keep_dims") or a not in axes]
    return tuple(1 if a in axes else n for a, n in kept)


def _to_batch(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    batch, *image = _given(inputs, 0).shape
    blocks, around = _numbers(inputs, 1), np.array(_numbers(inputs, 2)).reshape(-1, 2).sum(axis=1).tolist()
    rows = [(n + a) // b for n, a, b in zip(image, around, blocks, strict=False)]
    return (batch * prod(blocks), *rows, *image[len(blocks) :])


def _to_space(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    batch, *image = _given(inputs, 0).shape
    blocks, cut = _numbers(inputs, 1), np.array(_numbers(inputs, 2)).reshape(-1, 2).sum(axis=1).tolist()
    rows = [n * b - c for n, b, c in zip(image, blocks, cut, strict=False)]
    return (batch // prod(blocks), *rows, *image[len(blocks) :])


def _expanded(op: Operator, inputs: Sequence[Tensor | None]) -> Shape:
    shape, (axis,) = list(_given(inputs, 0).shape), _numbers(inputs, 1)
    shape.insert(range(len(shape) + 1)[axis], 1)
    return tuple(shape)


_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(
        (
            "ABS", "CAST", "CEIL", "COS", "DEQUANTIZE", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "L2_NORMALIZATION",
            "LEAKY_RELU", "LOG", "LOGICAL_NOT", "LOGISTIC", "LOG_SOFTMAX", "NEG", "PRELU", "QUANTIZE", "RELU", "RELU6",
            "RELU_0_TO_1", "RELU_N1_TO_1", "REVERSE_V2", "ROUND", "RSQRT", "SIGN", "SIN", "SOFTMAX", "SQRT", "SQUARE",
            "TANH", "ZEROS_LIKE",
        ),
        _same,
    ),
    **dict.fromkeys(
        (
            "ADD", "DIV", "EQUAL", "FLOOR_DIV", "FLOOR_MOD", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL",
            "LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM", "MUL", "NOT_EQUAL", "POW", "SQUARED_DIFFERENCE", "SUB",
        ),
        _broadcast,
    ),
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), _convolution),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D"), _pool),
    **dict.fromkeys(("PAD", "PADV2", "MIRROR_PAD"), _padded),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_ALL", "REDUCE_ANY", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"), _reduced),
    "SPACE_TO_BATCH_ND": _to_batch,
    "BATCH_TO_SPACE_ND": _to_space,
    "EXPAND_DIMS": _expanded,
    "FULLY_CONNECTED": _fully_connected,
    "RESHAPE": _reshape,
    "CONCATENATION": _joined,
    "TRANSPOSE": _transposed,
}  # fmt: skip
