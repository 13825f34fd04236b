"""Graphs of one operator at the ends of what quantization can say: scales far apart, zero points and biases at their
ends, sums that overflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from mcu_lab.graph.ir import Graph, Quant
from mcu_lab.numerics.requantize import ACTIVATIONS
from mcu_lab.ops import SPECS
from tests.ops import one_operator
from tests.ops.element_cases import graph, made, single, stored

#: Holds every value of 8 bits once, see :func:`tests.ops.element_cases.inputs_for`.
EVERY = (4, 64)
#: Scales are drawn as powers of two up to this one and its inverse, so that a ratio of two may be its square.
REACH = 20.0
_BYTES = (("int8", -128), ("uint8", 0))
_SHAPES = (
    ((3, 50), (3, 50)), ((1, 5, 1, 6), (1, 1, 4, 6)), ((6,), (2, 5, 4, 6)), ((), (9, 9)), ((), ()), ((1,), (1, 1, 1)),
    ((2, 3, 1, 4, 5), (2, 1, 6, 1, 5)), ((2, 1, 2, 3, 2, 2), (2, 2, 1, 3, 1, 2)),
)  # fmt: skip
_MEANT = ((2, 7, 5, 6), (3, 4), (5,), (2, 3, 4, 2, 3), (1, 16, 16, 8))


class Draw:
    """Random numbers with a liking for the ends."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def scale(self, reach: float = REACH) -> float:
        return single(2.0 ** self.rng.uniform(-reach, reach))

    def zero_point(self, dtype: str) -> int:
        if dtype == "int16":
            return 0
        info = np.iinfo(dtype)
        return int(self.rng.choice([info.min, info.max, 0, int(self.rng.integers(info.min, info.max + 1))]))

    def one_of(self, *values: object) -> object:
        return values[int(self.rng.integers(len(values)))]

    def activation(self) -> str:
        return str(self.one_of(*ACTIVATIONS))

    def quant(self, dtype: str, near: float | None = None) -> Quant:
        """Of any scale, or of one ``near`` another."""
        scale = self.scale() if near is None else single(near * 2.0 ** self.rng.uniform(-4, 4))
        return Quant((scale,), (self.zero_point(dtype),))


def _with_quant(g: Graph, tensor: int, quant: Quant) -> Graph:
    tensors = list(g.tensors)
    tensors[tensor] = replace(tensors[tensor], quant=quant)
    return replace(g, tensors=tuple(tensors))


def _with_data(g: Graph, tensor: int, values: np.ndarray) -> Graph:
    tensors = list(g.tensors)
    tensors[tensor] = replace(tensors[tensor], data=values.astype(tensors[tensor].dtype).tobytes())
    return replace(g, tensors=tuple(tensors))


def look_ups(draw: Draw) -> Iterator[Graph]:
    """Every operator of 8 bits that is a table, on every value."""

    def any_quant(dtype: str) -> object:
        return made(EVERY, dtype, draw.scale(), draw.zero_point(dtype))

    for dtype, low in _BYTES:
        x = any_quant(dtype)
        yield graph("LOGISTIC", [x], [made(EVERY, dtype, 1 / 256, low)], 2)
        yield graph("TANH", [x], [made(EVERY, dtype, 1 / 128, low + 128)], 2)
        yield graph("TANH", [x], [any_quant(dtype)], 2)
        for kind, version in (("RELU", 2), ("RELU6", 2), ("RELU_N1_TO_1", 1)):
            yield graph(kind, [x], [any_quant(dtype)], version)
        alpha = draw.one_of(draw.rng.uniform(-1, 1), draw.rng.uniform(-1e3, 1e3), 0.0, 1.0)
        yield graph("LEAKY_RELU", [x], [any_quant(dtype)], 2, alpha=single(alpha))
        for out, _ in _BYTES:
            yield graph("QUANTIZE", [x], [any_quant(out)], 2)
        yield graph("GELU", [x], [any_quant(dtype)], 2, approximate=bool(draw.rng.random() < 0.5))
        yield graph("HARD_SWISH", [x], [any_quant(dtype)])
        yield graph("RELU_0_TO_1", [x], [any_quant(dtype)])
        yield graph("QUANTIZE", [made((3, 60), "float32")], [any_quant(dtype)], 1)
        yield graph("DEQUANTIZE", [x], [made(EVERY, "float32")], 2)
    x = any_quant("int8")
    for kind in ("EXP", "LOG", "ABS", "SQRT", "RSQRT"):
        yield graph(kind, [x], [any_quant("int8")], 2)
    yield graph("NEG", [x], [any_quant("int8")])
    wide = made((9, 99), "int16", draw.scale(), 0)
    for kind, version in (("EXP", 2), ("LOG", 2), ("ABS", 3), ("SQRT", 2), ("RSQRT", 3), ("RELU", 3), ("RELU6", 3)):
        yield graph(kind, [wide], [made((9, 99), "int16", draw.scale(), 0)], version)
    yield graph("LEAKY_RELU", [wide], [made((9, 99), "int16", draw.scale(), 0)], 2, alpha=single(alpha))
    for kind in ("LOGISTIC", "TANH"):
        yield graph(kind, [wide], [made((9, 99), "int16", 1 / 32768, 0)], 3)
    pairs = (("int16", "int8"), ("int16", "int16"), ("int16", "int32"), ("int32", "int8"), ("int32", "int16"))
    for dtype, out in (*pairs, ("int8", "int16"), ("uint8", "int16"), ("float32", "int16")):
        x, y = (replace(made((9, 99), d), quant=None if d == "float32" else draw.quant(d)) for d in (dtype, out))
        yield graph("QUANTIZE", [x], [y], 2)
    yield graph("DEQUANTIZE", [made((9, 99), "int16", draw.scale(), 0)], [made((9, 99), "float32")], 3)


def softmaxes(draw: Draw, rows: int = 40) -> Iterator[Graph]:
    depth = int(draw.one_of(int(draw.rng.integers(1, 64)), int(draw.rng.integers(64, 512))))
    for dtype, out, scale, zero in (
        ("int8", "int8", 1 / 256, -128), ("uint8", "uint8", 1 / 256, 0), ("int8", "int16", 1 / 65536, -32768),
        ("uint8", "int16", 1 / 65536, -32768), ("int16", "int16", 1 / 32768, 0),
    ):  # fmt: skip
        beta = single(draw.one_of(1.0, 1.0, 0.3, 17.0, 1e-3, 2e3))
        x = made((rows, depth), dtype, draw.scale(12.0), draw.zero_point(dtype))
        yield graph("SOFTMAX", [x], [made((rows, depth), out, scale, zero)], 3, beta=beta)
    for dtype, unit, low in (("int8", 0, 127), ("uint8", 128, 255)):
        x = made((rows, depth), dtype, draw.scale(12.0), draw.zero_point(dtype))
        yield graph("LOG_SOFTMAX", [x], [made((rows, depth), dtype, 1 / 16, low)], 2)
        y = made((rows, depth), dtype, 1 / 128, unit)
        yield graph("L2_NORMALIZATION", [x], [y], 2, fused_activation_function="NONE")
    if draw.rng.random() < 0.2:  # in 8 bits LiteRT ends its process where all shares are small
        shape = (4, int(draw.rng.integers(512, 2049)))
        yield graph("SOFTMAX", [made(shape, "int8", draw.scale(8.0))], [made(shape, "int16")], 3, beta=1.0)
        yield graph("SOFTMAX", [made(shape, "int8", 0.9)], [made(shape, "int8", 1 / 256, -128)], 3, beta=1.0)


def pairs(draw: Draw) -> Iterator[Graph]:
    """Operators of two operands with every kind of broadcast."""
    versions = {"int8": 2, "uint8": 1, "int16": 2, "int32": 1, "float32": 1}
    for kind in ("ADD", "SUB", "MUL", "DIV", "SQUARED_DIFFERENCE", "MINIMUM", "MAXIMUM"):
        for dtype, version in versions.items():
            if dtype not in SPECS[kind].dtypes:
                continue
            a, b = draw.one_of(*_SHAPES)  # type: ignore[misc]
            shapes = (a, b) if draw.rng.random() < 0.5 else (b, a)
            tensors = [made(shape, dtype) for shape in (*shapes, np.broadcast_shapes(a, b))]
            if dtype in ("int8", "uint8", "int16"):
                near = draw.scale() if kind == "DIV" else None
                tensors = [replace(t, quant=draw.quant(dtype, near)) for t in tensors]
            options = {} if kind in ("SQUARED_DIFFERENCE", "MINIMUM", "MAXIMUM") else {
                "fused_activation_function": draw.activation()
            }  # fmt: skip
            yield graph(kind, tensors[:2], tensors[2:], version, **options)
    for dtype in ("int8", "uint8", "int16"):
        x, y = (replace(made((2, 5, 4, 6), dtype), quant=draw.quant(dtype)) for _ in range(2))
        slope = "uint8" if dtype == "uint8" else "int8"
        shape = draw.one_of((6,), (1, 4, 1), (5, 4, 6), (1, 1, 1, 1))
        alpha = replace(made(shape, slope), quant=draw.quant(slope))  # type: ignore[arg-type]
        yield graph("PRELU", [x, alpha], [y])


def reductions(draw: Draw) -> Iterator[Graph]:
    """Pools, MEAN, and CONCATENATION of uint8 that is not quantized alike."""
    for dtype in ("int8", "uint8", "int16"):
        for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            g = one_operator.pool(
                kind=kind, dtype=dtype, shape=(1, 5, 6, 3), stride=(1, 2), activation=draw.activation(),
                kernel=(int(draw.rng.integers(1, 5)), int(draw.rng.integers(1, 6))),
                padding=str(draw.one_of("SAME", "VALID")),
            )  # fmt: skip
            quant = draw.quant(dtype)
            yield _with_quant(_with_quant(g, 0, quant), 1, quant)
        shape = draw.one_of(*_MEANT)
        count = int(draw.rng.integers(1, len(shape) + 1))  # type: ignore[arg-type]
        axes = tuple(draw.rng.choice(len(shape), count, replace=False).tolist())  # type: ignore[arg-type]
        g = one_operator.mean(dtype=dtype, shape=shape, axes=axes, keep_dims=bool(draw.rng.random() < 0.5))  # type: ignore[arg-type]
        yield _with_quant(_with_quant(g, 0, draw.quant(dtype)), 2, draw.quant(dtype))
    parts = [replace(made((2, 9), "uint8"), quant=draw.quant("uint8")) for _ in range(3)]
    out = replace(made((2, 27), "uint8"), quant=draw.quant("uint8"))
    yield graph("CONCATENATION", parts, [out], 1, axis=1, fused_activation_function="NONE")


def products(draw: Draw) -> Iterator[Graph]:
    """Convolutions and FULLY_CONNECTED."""
    for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        for dtype in ("int8", "uint8", "int16"):
            yield _product(draw, kind, dtype)


def _product(draw: Draw, kind: str, dtype: str) -> Graph:
    rng = draw.rng
    per_channel = dtype != "uint8" and bool(rng.random() < 0.6)
    options = {
        "dtype": dtype, "per_channel": per_channel, "activation": draw.activation(), "seed": int(rng.integers(1 << 30)),
        "bias": kind == "CONV_2D" or bool(rng.random() < 0.8),  # without one LiteRT refuses CONV_2D
    }  # fmt: skip
    if kind == "FULLY_CONNECTED":
        g = one_operator.fully_connected(shape=(7, int(rng.choice([1, 5, 24, 100]))), units=6, **options)
    else:
        g = one_operator.convolution(
            depthwise=kind != "CONV_2D", shape=(1, 6, 5, 4), channels=6, kernel=(3, 2), **options
        )
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    channels = g.tensors[1].shape[axis]
    x, base = draw.quant(dtype), draw.scale()
    scales = [single(base * 2.0 ** rng.uniform(-6, 6)) for _ in range(channels)] if per_channel else [base]
    if rng.random() < 0.1:
        scales[0] = 0.0
    if per_channel and kind != "FULLY_CONNECTED" and rng.random() < 0.3:
        scales[1:3] = [-s for s in scales[1:3]]
    weights_zero = draw.zero_point("uint8") if dtype == "uint8" else 0
    sound = single(x.scale * base * 2.0 ** rng.uniform(-3, 13))
    out = Quant((sound if rng.random() < 0.6 else draw.scale(),), (draw.zero_point(dtype),))
    of_axis = axis if per_channel else None
    g = _with_quant(_with_quant(g, 0, x), 1, Quant(tuple(scales), (weights_zero,) * len(scales), of_axis))
    bias_scales = tuple(single(x.scale * s) for s in scales)
    g = _with_quant(g, 2, Quant(bias_scales, (0,) * len(scales), 0 if per_channel else None))
    g = _with_quant(g, len(g.tensors) - 1, out)
    most = 2**46 if dtype == "int16" else 2**31
    ends, inner = rng.choice([-most, most - 1, 0], channels), rng.integers(-(2**14), 2**14, channels)
    g = _with_data(g, 2, draw.one_of(ends, inner, rng.integers(-most, most, channels)))  # type: ignore[arg-type]
    if rng.random() < 0.3:
        shape, lowest = g.tensors[1].shape, 0 if dtype == "uint8" else -127
        g = _with_data(g, 1, rng.choice([lowest, np.iinfo(g.tensors[1].dtype).max], shape))
    return g


def hybrids(draw: Draw) -> Iterator[Graph]:
    """Floats with int8 weights at their ends, of scales far apart, and biases that outweigh them or do not."""
    rng = draw.rng
    for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        options = {
            "dtype": "hybrid", "activation": str(draw.one_of("NONE", "RELU", "RELU6", "RELU_N1_TO_1")),
            "per_channel": kind == "DEPTHWISE_CONV_2D" or bool(rng.random() < 0.5), "seed": int(rng.integers(1 << 30)),
        }  # fmt: skip
        if kind == "FULLY_CONNECTED":
            shape = (5, int(rng.choice([1, 7, 24, 100])))
            g = one_operator.fully_connected(shape=shape, units=6, asymmetric=bool(rng.random() < 0.5), **options)
        else:
            g = one_operator.convolution(
                depthwise=kind != "CONV_2D", shape=(2, 6, 5, 4), channels=6, kernel=(3, 2), **options
            )
        weights = g.tensors[1]
        assert weights.quant
        scales = tuple(draw.scale() for _ in weights.quant.scales)
        g = _with_quant(g, 1, Quant(scales, (0,) * len(scales), weights.quant.axis))
        if rng.random() < 0.5:
            g = _with_data(g, 1, rng.choice([-127, 127], weights.shape))  # LiteRT's x86 takes -128 for 128 at times
        yield _with_data(g, 2, rng.normal(0, float(draw.scale()), g.tensors[2].shape))


def comparisons(draw: Draw) -> Iterator[Graph]:
    """Of bytes on any two scales that LiteRT takes, and of wide integers at their ends."""
    for kind in ("LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL", "NOT_EQUAL"):
        for dtype in ("int8", "uint8"):
            base = 2.0 ** draw.rng.uniform(-REACH, -1)
            scales = [single(base * 2.0 ** draw.rng.uniform(-1, 1)) for _ in range(2)]
            a, b = (made((9, 40), dtype, scale, draw.zero_point(dtype)) for scale in scales)
            yield graph(kind, [a, b], [made((9, 40), "bool")], 2)
        wide = made((9, 9), str(draw.one_of("int16", "int32", "int64")), 0.05, 0)
        yield graph(kind, [wide, wide], [made((9, 9), "bool")], 2)


def resized(draw: Draw) -> Iterator[Graph]:
    """Images to any size, by every rule."""
    for dtype in ("int8", "uint8", "int16", "float32"):
        sizes = draw.rng.integers(1, 24, 4).tolist()
        half = bool(draw.rng.random() < 0.5)
        x, y = (made((2, *size, 3), dtype, 0.05, 0) for size in (sizes[:2], sizes[2:]))
        yield graph(
            "RESIZE_BILINEAR", [x, stored(sizes[2:])], [y], 3, half_pixel_centers=half,
            align_corners=not half and bool(draw.rng.random() < 0.5),
        )  # fmt: skip


FAMILIES: dict[str, Callable[[Draw], Iterator[Graph]]] = {
    "look-ups": look_ups, "softmaxes": softmaxes, "pairs": pairs, "reductions": reductions, "products": products,
    "hybrids": hybrids,
    "comparisons": comparisons, "resized": resized,
}  # fmt: skip
