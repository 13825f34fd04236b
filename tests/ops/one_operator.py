"""Graphs of one operator with random weights, small enough to run many of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor

Pair = tuple[int, int]
#: Of operators that have no version 3.
VERSIONS = {"SUM": 2, "REDUCE_PROD": 2, "REDUCE_ANY": 1, "REDUCE_ALL": 1, "TRANSPOSE_CONV": 4}


def float32(value: float) -> float:
    """A float32 value held in a Python float, as scales are stored."""
    return float(np.float32(value))


def _activations(dtype: str) -> str:
    """Of floats with int8 weights, which are called hybrid."""
    return "float32" if dtype == "hybrid" else dtype


def constant(id: int, values: np.ndarray, dtype: str, quant: Quant | None = None) -> Tensor:
    array = np.ascontiguousarray(values.astype(dtype))
    return Tensor(id, f"c{id}", array.shape, dtype, quant, array.tobytes())


def _graph(kind: str, tensors: tuple[Tensor, ...], inputs: tuple[int, ...], attrs: dict[str, AttrValue]) -> Graph:
    last = len(tensors) - 1
    op = Operator(0, kind, inputs, (last,), MappingProxyType(attrs), VERSIONS.get(kind, 3))
    return Graph(f"one {kind}", tensors, (op,), (0,), (last,))


def _quant(dtype: str, scale: float, zero_point: int) -> Quant | None:
    if dtype in ("float32", "int32", "bool", "hybrid"):
        return None
    return Quant((float32(scale),), (0 if dtype == "int16" else zero_point,))


def _weights(
    rng: np.random.Generator, dtype: str, shape: tuple[int, ...], axis: int, per_channel: bool, zero_point: int
) -> Tensor:
    if dtype == "float32":
        return constant(1, rng.normal(0, 0.3, shape), "float32")
    stored = "uint8" if dtype == "uint8" else "int8"
    lo, hi = (0, 256) if stored == "uint8" else (-127, 128)
    scales = tuple(float32(s) for s in rng.uniform(0.001, 0.02, shape[axis] if per_channel else 1))
    quant = Quant(scales, (zero_point,) * len(scales), axis if per_channel else None)
    return constant(1, rng.integers(lo, hi, shape), stored, quant)


def _bias(rng: np.random.Generator, dtype: str, channels: int, input_scale: float, weights: Tensor) -> Tensor:
    if dtype in ("float32", "hybrid"):
        return constant(2, rng.normal(0, 1, channels), "float32")
    assert weights.quant
    scales = tuple(float32(input_scale * s) for s in weights.quant.scales)
    quant = Quant(scales, (0,) * len(scales), 0 if len(scales) > 1 else None)
    return constant(2, rng.integers(-5000, 5000, channels), "int64" if dtype == "int16" else "int32", quant)


def _extent(length: int, size: int, stride: int, dilation: int, padding: str) -> int:
    return -(-length // stride) if padding == "SAME" else (length - (size - 1) * dilation - 1) // stride + 1


def convolution(
    *,
    depthwise: bool = False,
    groups: int = 1,
    dtype: str = "int8",
    shape: tuple[int, int, int, int] = (2, 9, 11, 6),
    channels: int = 8,
    multiplier: int = 1,
    kernel: Pair = (3, 3),
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    padding: str = "SAME",
    activation: str = "NONE",
    per_channel: bool = True,
    negative: bool = False,
    zero_points: tuple[int, int, int] = (3, 0, -5),
    output_scale: float = 0.11,
    bias: bool = True,
    seed: int = 0,
) -> Graph:
    """CONV_2D or DEPTHWISE_CONV_2D; ``zero_points`` are (input, weights, output), ``negative`` are weights' scales."""
    rng = np.random.default_rng(seed)
    depth = shape[3]
    outputs = depth * multiplier if depthwise else channels
    w = _weights(
        rng, dtype, (1, *kernel, outputs) if depthwise else (outputs, *kernel, depth // groups), 3 if depthwise else 0,
        per_channel, zero_points[1],
    )  # fmt: skip
    if negative and w.quant:
        w = dataclasses.replace(w, quant=dataclasses.replace(w.quant, scales=tuple(-s for s in w.quant.scales)))
    input_scale = float32(0.0173)
    rows, columns = (_extent(shape[1 + a], kernel[a], stride[a], dilation[a], padding) for a in (0, 1))
    tensors = (
        Tensor(0, "x", shape, _activations(dtype), _quant(dtype, input_scale, zero_points[0])),
        w,
        _bias(rng, dtype, outputs, input_scale, w),
        Tensor(
            3, "y", (shape[0], rows, columns, outputs), _activations(dtype), _quant(dtype, output_scale, zero_points[2])
        ),
    )
    attrs: dict[str, AttrValue] = {
        "padding": padding,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "dilation_h_factor": dilation[0],
        "dilation_w_factor": dilation[1],
        "fused_activation_function": activation,
    }
    if depthwise:
        attrs["depth_multiplier"] = multiplier
    kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    return _graph(kind, tensors, (0, 1, 2) if bias else (0, 1), attrs)


def transposed(
    *,
    dtype: str = "int8",
    shape: tuple[int, int, int, int] = (2, 5, 6, 3),
    outputs: Pair = (10, 12),
    channels: int = 5,
    kernel: Pair = (3, 3),
    stride: Pair = (2, 2),
    padding: str = "SAME",
    activation: str = "NONE",
    per_channel: bool = True,
    zero_points: tuple[int, int, int] = (3, 0, -5),
    output_scale: float = 0.11,
    bias: bool = True,
    seed: int = 0,
) -> Graph:
    """TRANSPOSE_CONV; its input is tensor 0, as everywhere here."""
    rng = np.random.default_rng(seed)
    w = _weights(rng, dtype, (channels, *kernel, shape[3]), 0, per_channel, zero_points[1])
    input_scale, out = float32(0.0173), (shape[0], *outputs, channels)
    tensors = (
        Tensor(0, "x", shape, dtype, _quant(dtype, input_scale, zero_points[0])),
        w,
        _bias(rng, dtype, channels, input_scale, w),
        constant(3, np.array(out), "int32"),
        Tensor(4, "y", out, dtype, _quant(dtype, output_scale, zero_points[2])),
    )
    attrs: dict[str, AttrValue] = {
        "padding": padding,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "fused_activation_function": activation,
    }
    return _graph("TRANSPOSE_CONV", tensors, (3, 1, 0, 2) if bias else (3, 1, 0), attrs)


def behind_a_pad(graph: Graph, above_below: Pair, left_right: Pair) -> Graph:
    """The graph of one convolution, whose input a PAD has made."""
    wide = graph.tensors[0]
    n, height, width, depth = wide.shape
    shape = (n, height - sum(above_below), width - sum(left_right), depth)
    count = len(graph.tensors)
    given = dataclasses.replace(wide, id=count, name="narrow", shape=shape)
    paddings = constant(count + 1, np.array([(0, 0), above_below, left_right, (0, 0)]), "int32")
    pad = Operator(0, "PAD", (count, count + 1), (0,), MappingProxyType({}))
    convolution = dataclasses.replace(graph.operators[0], id=1)
    return dataclasses.replace(
        graph, tensors=(*graph.tensors, given, paddings), operators=(pad, convolution), inputs=(count,)
    )


def fully_connected(
    *,
    dtype: str = "int8",
    shape: tuple[int, ...] = (5, 24),
    units: int = 10,
    depth: int | None = None,
    keep_num_dims: bool = False,
    activation: str = "NONE",
    per_channel: bool = False,
    zero_points: tuple[int, int, int] = (3, 0, -5),
    output_scale: float = 0.31,
    bias: bool = True,
    asymmetric: bool = False,
    seed: int = 0,
) -> Graph:
    rng = np.random.default_rng(seed)
    depth = depth or shape[-1]
    w = _weights(rng, dtype, (units, depth), 0, per_channel, zero_points[1])
    input_scale = float32(0.0173)
    rows = shape[:-1] if keep_num_dims else (int(np.prod(shape)) // depth,)
    tensors = (
        Tensor(0, "x", shape, _activations(dtype), _quant(dtype, input_scale, zero_points[0])),
        w,
        _bias(rng, dtype, units, input_scale, w),
        Tensor(3, "y", (*rows, units), _activations(dtype), _quant(dtype, output_scale, zero_points[2])),
    )
    attrs: dict[str, AttrValue] = {
        "fused_activation_function": activation,
        "weights_format": "DEFAULT",
        "keep_num_dims": keep_num_dims,
        "asymmetric_quantize_inputs": asymmetric,
    }
    return _graph("FULLY_CONNECTED", tensors, (0, 1, 2) if bias else (0, 1), attrs)


def pool(
    *,
    kind: str = "AVERAGE_POOL_2D",
    dtype: str = "int8",
    shape: tuple[int, int, int, int] = (2, 9, 11, 6),
    kernel: Pair = (3, 3),
    stride: Pair = (2, 2),
    padding: str = "SAME",
    activation: str = "NONE",
) -> Graph:
    quant = _quant(dtype, 0.05, 70 if dtype == "uint8" else -5)
    rows, columns = (_extent(shape[1 + a], kernel[a], stride[a], 1, padding) for a in (0, 1))
    tensors = (
        Tensor(0, "x", shape, dtype, quant),
        Tensor(1, "y", (shape[0], rows, columns, shape[3]), dtype, quant),
    )
    attrs: dict[str, AttrValue] = {
        "padding": padding,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "filter_height": kernel[0],
        "filter_width": kernel[1],
        "fused_activation_function": activation,
    }
    return _graph(kind, tensors, (0,), attrs)


def mean(
    *,
    kind: str = "MEAN",
    dtype: str = "int8",
    shape: tuple[int, ...] = (2, 7, 5, 6),
    axes: tuple[int, ...] = (1, 2),
    keep_dims: bool = False,
    scales: tuple[float, float] = (0.05, 0.04),
    zero_points: Pair = (4, -9),
) -> Graph:
    reduced = {a % len(shape) for a in axes}
    if keep_dims:
        out = tuple(1 if a in reduced else n for a, n in enumerate(shape))
    else:
        out = tuple(n for a, n in enumerate(shape) if a not in reduced)
    tensors = (
        Tensor(0, "x", shape, dtype, _quant(dtype, scales[0], zero_points[0])),
        constant(1, np.array(axes), "int32"),
        Tensor(2, "y", out, dtype, _quant(dtype, scales[1], zero_points[1])),
    )
    return _graph(kind, tensors, (0, 1), {"keep_dims": keep_dims})


def chosen(kind: str, **options: Any) -> Graph:
    """REDUCE_MAX or REDUCE_MIN: quantized alike on both sides."""
    return mean(kind=kind, scales=(0.05, 0.05), zero_points=(4, 4), **options)


#: uint8 zero points: (input, weights, output).
UINT8 = {"dtype": "uint8", "per_channel": False, "zero_points": (90, 100, 88)}
INT16 = {"dtype": "int16", "output_scale": 0.003}

#: Floats with int8 weights.
HYBRID = {"dtype": "hybrid"}

_CONVOLUTIONS: tuple[dict, ...] = (
    {},
    {"per_channel": False},
    {"stride": (2, 3)},
    {"stride": (2, 2), "shape": (1, 8, 8, 4)},
    {"dilation": (2, 3)},
    {"dilation": (2, 2), "stride": (2, 1)},
    {"dilation": (9, 9), "stride": (2, 2)},
    {"kernel": (5, 2), "stride": (2, 1), "padding": "VALID"},
    {"kernel": (1, 1)},
    {"kernel": (1, 1), "stride": (2, 2)},
    {"kernel": (9, 11), "zero_points": (-128, 0, 127)},
    {"activation": "RELU"},
    {"activation": "RELU6"},
    {"activation": "RELU_N1_TO_1"},
    {"output_scale": 1e-4},
    {"output_scale": 3e-8},  # sums overflow int32 once they are shifted to the left
    UINT8,
    {**UINT8, "stride": (2, 2), "activation": "RELU6"},
    INT16,
    {"negative": True},
    {**INT16, "negative": True},
    {"negative": True, "per_channel": False, "output_scale": 1e-4},
    {"dtype": "float32"},
    {"dtype": "float32", "dilation": (2, 1), "activation": "RELU6"},
    HYBRID,
    {**HYBRID, "stride": (2, 3), "activation": "RELU6"},
    {**HYBRID, "dilation": (3, 2), "shape": (1, 13, 9, 5), "padding": "VALID"},
    {**HYBRID, "kernel": (1, 1), "activation": "RELU"},
)
_ONE_SCALE: tuple[dict, ...] = (
    {**HYBRID, "per_channel": False},
    {**HYBRID, "per_channel": False, "stride": (2, 2), "activation": "RELU6"},
    {**HYBRID, "per_channel": False, "kernel": (1, 1), "activation": "RELU"},
    {**HYBRID, "per_channel": False, "dilation": (2, 3), "negative": True},
)
_FULLY_CONNECTED: tuple[dict, ...] = (
    {},
    {"per_channel": True},
    {"shape": (1, 4, 3, 6), "depth": 72},
    {"shape": (2, 4, 3, 6), "depth": 72},
    {"shape": (1, 1, 1, 24)},
    {"shape": (2, 5, 12), "keep_num_dims": True},
    {"shape": (2, 5, 12)},
    {"shape": (3, 2, 4, 2, 6), "depth": 12, "dtype": "float32"},
    {"bias": False},
    {"output_scale": 1e-4},
    {"output_scale": 3e-8},
    {"activation": "RELU"},
    UINT8,
    {**INT16, "bias": False},
    INT16,
    {"dtype": "float32"},
    {"dtype": "float32", "activation": "RELU"},
    *({**HYBRID, "asymmetric": how, "per_channel": each} for how in (False, True) for each in (False, True)),
    {**HYBRID, "shape": (2, 5, 12), "keep_num_dims": True, "activation": "RELU", "bias": False},
    {**HYBRID, "shape": (3, 2, 4, 2, 6), "depth": 12, "asymmetric": True, "activation": "RELU6"},
)
_POOLS: tuple[dict, ...] = (
    {},
    {"padding": "VALID"},
    {"kernel": (9, 11), "padding": "VALID"},
    {"kernel": (9, 4), "stride": (9, 2)},
    {"kernel": (12, 11), "stride": (9, 2), "dtype": "uint8"},
    {"kernel": (2, 5), "stride": (1, 3)},
    {"activation": "RELU6"},
    {"activation": "RELU_N1_TO_1"},
    {"dtype": "uint8"},
    {"dtype": "int16"},
    {"dtype": "float32", "activation": "RELU6"},
)
_MEANS: tuple[dict, ...] = (
    {},
    {"keep_dims": True},
    {"axes": (2, 1), "keep_dims": True},
    {"axes": (-1,)},
    {"axes": (0, 3)},
    {"axes": (0, 1, 2, 3)},
    {"scales": (0.05, 0.05), "zero_points": (4, 4)},
    {"scales": (0.05, 0.005), "shape": (3, 16, 16, 8), "keep_dims": True},
    {"dtype": "uint8", "zero_points": (100, 90)},
    {"dtype": "uint8", "zero_points": (100, 90), "axes": (1, 3), "keep_dims": True},
    {"axes": (1,), "shape": (1, 9, 4, 21)},
    {"axes": (1, 2), "shape": (3, 5, 6)},
    {"dtype": "int16"},
    {"dtype": "float32"},
    {"dtype": "int32"},
    {"dtype": "float32", "keep_dims": True},
    {"dtype": "float32", "axes": (0, 1, 2, 3)},
)
_CHOSEN: tuple[dict, ...] = (
    *({"dtype": dtype} for dtype in ("int8", "uint8", "int16", "int32", "float32")),
    {"keep_dims": True, "axes": (2, 1)},
    {"axes": (-1,)},
    {"axes": (0, 3)},
    {"axes": (0, 1, 2, 3)},
    {"axes": (1,), "shape": (1, 9, 4, 21)},
    {"dtype": "float32", "axes": (0, 1, 2, 3)},
)
#: Of which LiteRT takes no byte for another dtype's.
_SUMS: tuple[dict, ...] = (
    {"dtype": "uint8", "zero_points": (100, 90), "scales": (0.05, 0.4)},
    {"dtype": "uint8", "zero_points": (100, 90), "scales": (0.05, 0.1), "axes": (1, 3), "keep_dims": True},
    *({"dtype": dtype, "axes": axes} for dtype in ("int32", "float32") for axes in ((1, 2), (0, 1, 2, 3), (-1,))),
)
_MEANT_SUMS: tuple[dict, ...] = (
    {"scales": (0.05, 0.4)},
    {"scales": (0.05, 0.2), "axes": (-1,)},
    {"dtype": "int16", "scales": (0.001, 0.007), "keep_dims": True},
)
_PRODUCTS: tuple[dict, ...] = (
    {"shape": (2, 3, 2, 5), "scales": (0.02, 0.5)},
    {"shape": (2, 3, 2, 5), "scales": (0.02, 0.5), "axes": (0, 3), "keep_dims": True},
    {"shape": (2, 2, 2, 5), "scales": (0.01, 0.01), "axes": (2,)},
    {"dtype": "int16", "shape": (2, 3, 2, 5), "scales": (1e-4, 1e-3)},
    {"dtype": "int32", "shape": (2, 3, 2, 5)},
    {"dtype": "float32", "axes": (0, 1, 2, 3)},
    {"dtype": "float32"},
)


def _named(name: str, options: dict) -> str:
    return ", ".join((name, *(f"{k}={v}" for k, v in options.items())))


_DEPTHWISE: tuple[dict, ...] = (
    *_CONVOLUTIONS,
    {"multiplier": 3, "kernel": (2, 4)},
    {"bias": False},
)
_GROUPED: tuple[dict, ...] = (
    *({**options, "groups": 2} for options in ({}, {"stride": (2, 3)}, UINT8, INT16, {"dtype": "float32"}, HYBRID)),
    {"groups": 6, "channels": 12},
    {"groups": 3, "channels": 15, "padding": "VALID", "kernel": (2, 3)},
)
_TRANSPOSED: tuple[dict, ...] = (
    {},
    {"per_channel": False, "activation": "RELU6"},
    {"bias": False},
    {"stride": (1, 1), "outputs": (5, 6)},
    {"padding": "VALID", "outputs": (11, 13)},
    {"padding": "VALID", "stride": (3, 2), "kernel": (2, 4), "outputs": (14, 14)},
    {"kernel": (5, 4), "outputs": (9, 11)},
    {"output_scale": 3e-8},
    UINT8,
    INT16,
    {**INT16, "bias": False},
    {"dtype": "float32", "activation": "RELU"},
    {"dtype": "float32", "bias": False, "kernel": (4, 4)},
)
_FAMILIES: tuple[tuple[str, Callable[..., Graph], tuple[dict, ...]], ...] = (
    ("conv", convolution, (*_CONVOLUTIONS, *_ONE_SCALE)),
    ("depthwise", partial(convolution, depthwise=True), _DEPTHWISE),
    ("grouped", convolution, _GROUPED),
    ("transposed", transposed, _TRANSPOSED),
    ("fully connected", fully_connected, _FULLY_CONNECTED),
    ("average", pool, _POOLS),
    ("max", partial(pool, kind="MAX_POOL_2D"), _POOLS),
    ("mean", mean, _MEANS),
    ("sum", partial(mean, kind="SUM"), _SUMS),
    ("product", partial(mean, kind="REDUCE_PROD"), _PRODUCTS),
    ("largest", partial(chosen, "REDUCE_MAX"), _CHOSEN),
    ("least", partial(chosen, "REDUCE_MIN"), _CHOSEN),
    (
        "any",
        partial(mean, kind="REDUCE_ANY", dtype="bool"),
        ({"shape": (4, 1, 2, 9)}, {"shape": (4, 9, 2), "axes": (-1,)}),
    ),
    (
        "all",
        partial(mean, kind="REDUCE_ALL", dtype="bool"),
        ({"shape": (4, 1, 2, 9)}, {"shape": (4, 9, 2), "axes": (-1,)}),
    ),
)
_GEOMETRY = {
    "shape",
    "axes",
    "keep_dims",
    "depth",
    "keep_num_dims",
    "kernel",
    "stride",
    "dilation",
    "padding",
    "multiplier",
    "groups",
    "channels",
    "outputs",
}


def _named(family: str, options: dict) -> str:
    return ", ".join((family, *(f"{k}={v}" for k, v in options.items())))


def _geometry(options: dict) -> dict:
    return {k: v for k, v in options.items() if k in _GEOMETRY}


#: Description -> graph, over every branch of the kernels.
CASES: dict[str, Graph] = {_named(name, c): build(**c) for name, build, cases in _FAMILIES for c in cases}
#: What LiteRT's reference kernel takes for uint8, see SUM.
MISTAKEN: dict[str, Graph] = {_named("sum", c): mean(kind="SUM", **c) for c in _MEANT_SUMS}
CASES |= MISTAKEN
#: The same geometries in float32 without activations, where any change of an input that is read shows.
GEOMETRIES: dict[str, Graph] = {
    _named(name, _geometry(c)): build(dtype="float32", **_geometry(c))
    for name, build, cases in _FAMILIES
    if name not in ("least", "any", "all", "product")  # where a larger element need not show
    for c in cases
}

_PADDINGS: tuple[tuple[Pair, Pair], ...] = (((0, 1), (0, 1)), ((1, 1), (2, 2)), ((3, 0), (0, 4)), ((2, 5), (6, 3)))
#: Convolutions behind a PAD, through which they see.
FOLDED: dict[str, Graph] = {
    _named(f"{name} behind a pad of {paddings}", c): behind_a_pad(build(**c), *paddings)
    for name, build, cases in _FAMILIES[:2]
    for paddings in _PADDINGS
    for c in (
        {},
        {"padding": "VALID", "stride": (2, 2)},
        {"dilation": (2, 3)},
        {"kernel": (1, 1), "stride": (2, 1)},
        {**UINT8, "stride": (2, 2)},
        {"dtype": "float32", "kernel": (4, 2)},
        {**HYBRID, "stride": (2, 1)},
    )
}
