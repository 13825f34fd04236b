"""Random graphs of all operators at all ranks and dtypes, with the ends that few models have.

Several inputs, of which some are used by nobody; several outputs, inputs and constants among them; scalars.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor
from mcu_lab.ops import problems

DTYPES = ("int8", "int8", "int8", "uint8", "int16", "float32", "float32", "int32", "int64", "bool")
#: One for each dtype, so that what has to be quantized alike is.
QUANTS = {"int8": Quant((0.1,), (-3,)), "uint8": Quant((0.1,), (120,)), "int16": Quant((0.001,), (0,))}
#: Kinds that ask for a quantization of their output.
OWN_QUANTS = {
    ("SOFTMAX", "int8"): Quant((1 / 256,), (-128,)),
    ("SOFTMAX", "uint8"): Quant((1 / 256,), (0,)),
    ("SOFTMAX", "int16"): Quant((1 / 32768,), (0,)),
    ("LOGISTIC", "int8"): Quant((1 / 256,), (-128,)),
    ("LOGISTIC", "uint8"): Quant((1 / 256,), (0,)),
    ("TANH", "int8"): Quant((1 / 128,), (0,)),
    ("TANH", "uint8"): Quant((1 / 128,), (128,)),
    ("LOGISTIC", "int16"): Quant((1 / 32768,), (0,)),
    ("TANH", "int16"): Quant((1 / 32768,), (0,)),
    ("LOG_SOFTMAX", "int8"): Quant((1 / 16,), (127,)),
    ("LOG_SOFTMAX", "uint8"): Quant((1 / 16,), (255,)),
    ("L2_NORMALIZATION", "int8"): Quant((1 / 128,), (0,)),
    ("L2_NORMALIZATION", "uint8"): Quant((1 / 128,), (128,)),
}
UNARY = (
    "RELU", "RELU6", "RELU_N1_TO_1", "LOGISTIC", "TANH", "LEAKY_RELU", "SOFTMAX", "L2_NORMALIZATION", "RELU_0_TO_1",
    "HARD_SWISH", "GELU", "ELU", "ABS", "NEG", "SIGN", "SIN", "COS", "FLOOR", "CEIL", "ROUND", "SQUARE", "LOG_SOFTMAX",
)  # fmt: skip
#: Not those that make NaNs of common values.
BINARY = ("ADD", "SUB", "MUL", "MINIMUM", "MAXIMUM", "SQUARED_DIFFERENCE", "PRELU")
BINARY_OF_INTEGERS = (*BINARY, "DIV", "FLOOR_DIV", "FLOOR_MOD")
OPTIONS: dict[str, dict[str, AttrValue]] = {"SOFTMAX": {"beta": 1.0}, "LEAKY_RELU": {"alpha": 0.2}}
BIAS_DTYPES = {"int8": "int32", "uint8": "int32", "int16": "int64", "float32": "float32"}
#: Elements of the largest tensor.
MOST_ELEMENTS = 400


def wide_graph(rng: np.random.Generator) -> Graph:
    """A graph that can be executed; the same generator state gives the same graph."""
    draft = _Draft(rng)
    live = [draft.activation(_shape(rng), str(rng.choice(DTYPES))) for _ in range(int(rng.integers(1, 4)))]
    inputs = tuple(live)
    wanted, tries = int(rng.integers(1, 7)), 0
    while len(draft.operators) < wanted and tries < 60:
        tries += 1
        x = live[-1] if rng.random() < 0.6 else live[int(rng.integers(len(live)))]
        grow = GROWTHS[int(rng.integers(len(GROWTHS)))]
        live += draft.attempt(grow, x, live, inputs)
    ends = {live[-1], *(t for t in live if rng.random() < 0.15)}
    if rng.random() < 0.1:
        ends.add(draft.constant(_shape(rng), str(rng.choice(DTYPES))))
    outputs = tuple(int(t) for t in rng.permutation(sorted(ends)))
    return draft.graph(inputs, outputs)


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    """Rank 4 half of the time, else any from 0 to 6; now and then a long last axis, on which orders of sums show."""
    if rng.random() < 0.1:
        return (*(int(n) for n in rng.integers(1, 4, int(rng.integers(0, 3)))), int(rng.integers(8, 40)))
    if rng.random() < 0.5:
        return (1 if rng.random() < 0.8 else 2, *(int(n) for n in rng.integers(1, 6, 2)), int(rng.integers(1, 5)))
    return tuple(int(n) for n in rng.integers(1, 5, int(rng.integers(0, 7))))


class _Draft:
    """A graph under construction."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []

    def attempt(self, grow: Growth, x: int, live: list[int], inputs: tuple[int, ...]) -> tuple[int, ...]:
        """What ``grow`` adds, if it adds anything that can be executed; else nothing."""
        kept = len(self.tensors), len(self.operators)
        try:
            made = grow(self, x, live)
            if made and self._is_small() and not problems(self.graph(inputs, made)):
                return made
        except (ValueError, IndexError, KeyError, StopIteration):
            pass  # a wish that no such shape or dtype fulfils
        del self.tensors[kept[0] :], self.operators[kept[1] :]
        return ()

    def _is_small(self) -> bool:
        return all(t.elements <= MOST_ELEMENTS for t in self.tensors)

    def graph(self, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Graph:
        return Graph("wide", tuple(self.tensors), tuple(self.operators), inputs, outputs)

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self.tensors[tensor].shape

    def dtype(self, tensor: int) -> str:
        return self.tensors[tensor].dtype

    def activation(self, shape: tuple[int, ...], dtype: str, quant: Quant | None = None) -> int:
        return self._tensor(shape, dtype, quant or QUANTS.get(dtype), None)

    def constant(self, shape: tuple[int, ...], dtype: str, quant: Quant | None = None) -> int:
        if dtype == "float32":
            values = self.rng.standard_normal(shape).astype(np.float32)
        elif dtype == "bool":
            values = self.rng.random(shape) < 0.5
        else:
            bound = 127 if dtype in ("int8", "uint8") else 500
            values = np.asarray(self.rng.integers(0 if dtype == "uint8" else -bound, bound, shape), dtype=dtype)
        return self._tensor(shape, dtype, quant or QUANTS.get(dtype), values.tobytes())

    def integers(self, values: object) -> int:
        array = np.array(values, dtype=np.int32)
        return self._tensor(array.shape, "int32", None, array.tobytes())

    def op(self, kind: str, inputs: tuple[int, ...], shape: tuple[int, ...], **attrs: AttrValue) -> tuple[int, ...]:
        dtype = self.dtype(next(t for t in inputs if not self.tensors[t].is_const))
        return self.op_to(kind, inputs, (self.activation(shape, dtype, OWN_QUANTS.get((kind, dtype))),), **attrs)

    def op_to(
        self, kind: str, inputs: tuple[int, ...], outputs: tuple[int, ...], **attrs: AttrValue
    ) -> tuple[int, ...]:
        self.operators.append(Operator(len(self.operators), kind, inputs, outputs, MappingProxyType(attrs)))
        return outputs

    def weights(self, shape: tuple[int, ...], activations: str) -> int:
        if activations == "float32":
            return self.constant(shape, "float32")
        uint8 = activations == "uint8"
        return self.constant(shape, "uint8" if uint8 else "int8", Quant((0.02,), (60 if uint8 else 0,)))

    def bias(self, channels: int, activations: str) -> tuple[int, ...]:
        if self.rng.random() < 0.2:
            return ()
        quant = None if activations == "float32" else Quant((0.002,), (0,))
        return (self.constant((channels,), BIAS_DTYPES[activations], quant),)

    def _tensor(self, shape: tuple[int, ...], dtype: str, quant: Quant | None, data: bytes | None) -> int:
        number = len(self.tensors)
        self.tensors.append(Tensor(number, f"n{number}", tuple(shape), dtype, quant, data))
        return number


Growth = Callable[[_Draft, int, list[int]], tuple[int, ...]]


def _axis(draft: _Draft, x: int) -> int:
    return int(draft.rng.integers(len(draft.shape(x))))


def _unary(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    kind = UNARY[int(draft.rng.integers(len(UNARY)))]
    return draft.op(kind, (x,), draft.shape(x), **OPTIONS.get(kind, {}))


def _binary(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    kind = str(draft.rng.choice(BINARY if draft.dtype(x) == "float32" else BINARY_OF_INTEGERS))
    alike = [t for t in live if draft.dtype(t) == draft.dtype(x)]
    y = alike[int(draft.rng.integers(len(alike)))]
    if draft.rng.random() < 0.5:
        kept = tuple(n if draft.rng.random() < 0.6 else 1 for n in draft.shape(x))
        y = draft.constant(kept[int(draft.rng.integers(len(kept) + 1)) :], draft.dtype(x))
    pair = (x, y) if draft.rng.random() < 0.5 else (y, x)
    shape = np.broadcast_shapes(draft.shape(x), draft.shape(y))
    return draft.op(kind, pair, shape, fused_activation_function=str(draft.rng.choice(("NONE", "RELU"))))


def _fully_connected(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """Over any trailing axes; the rows counted by the output as the input counts them, or by one axis."""
    shape = draft.shape(x)
    leading = int(draft.rng.integers(len(shape)))
    depth, units = int(np.prod(shape[leading:])), int(draft.rng.integers(1, 6))
    flat = draft.rng.random() < 0.5
    rows = (int(np.prod(shape[:leading])),) if flat else shape[:leading]
    dtype = draft.dtype(x)
    inputs = (x, draft.weights((units, depth), dtype), *draft.bias(units, dtype))
    return draft.op(
        "FULLY_CONNECTED", inputs, (*rows, units), fused_activation_function="NONE", weights_format="DEFAULT",
        keep_num_dims=not flat,
    )  # fmt: skip


def _window(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """A convolution or pool with any kernel, stride, dilation and padding."""
    batch, height, width, depth = draft.shape(x)
    kernel, stride = (tuple(int(n) for n in draft.rng.integers(1, 4, 2)) for _ in range(2))
    kind = ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D")[int(draft.rng.integers(4))]
    dilation = tuple(int(n) for n in draft.rng.integers(1, 3, 2)) if "CONV" in kind else (1, 1)
    padding = str(draft.rng.choice(("SAME", "VALID")))
    sizes = [
        -(-n // s) if padding == "SAME" else (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip((height, width), kernel, stride, dilation, strict=True)
    ]
    if min(sizes) < 1:
        return ()
    attrs: dict[str, AttrValue] = {
        "padding": padding, "stride_h": stride[0], "stride_w": stride[1],
        "fused_activation_function": str(draft.rng.choice(("NONE", "RELU6"))),
    }  # fmt: skip
    if "POOL" in kind:
        return draft.op(kind, (x,), (batch, *sizes, depth), **attrs, filter_height=kernel[0], filter_width=kernel[1])
    attrs |= {"dilation_h_factor": dilation[0], "dilation_w_factor": dilation[1]}
    dtype, times = draft.dtype(x), int(draft.rng.integers(1, 4))
    if kind == "CONV_2D":
        inputs = (x, draft.weights((times, *kernel, depth), dtype), *draft.bias(times, dtype))
        return draft.op(kind, inputs, (batch, *sizes, times), **attrs)
    inputs = (x, draft.weights((1, *kernel, depth * times), dtype), *draft.bias(depth * times, dtype))
    return draft.op(kind, inputs, (batch, *sizes, depth * times), **attrs, depth_multiplier=times)


def _mean(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    shape, keep = draft.shape(x), bool(draft.rng.random() < 0.5)
    axes = tuple(a for a in range(len(shape)) if draft.rng.random() < 0.5)
    kept = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    return draft.op("MEAN", (x, draft.integers(axes)), kept, keep_dims=keep)


def _reshape(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    factors = [p for n in draft.shape(x) for p in _prime_factors(n)]
    shape = [1] * int(draft.rng.integers(0 if not factors else 1, 6))
    for factor in factors:
        shape[int(draft.rng.integers(len(shape)))] *= factor
    return draft.op("RESHAPE", (x, draft.integers(shape)), tuple(shape), new_shape=tuple(shape))


def _prime_factors(n: int) -> list[int]:
    return next(([p, *_prime_factors(n // p)] for p in range(2, n + 1) if n % p == 0), [])


def _expand(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    at = int(draft.rng.integers(len(draft.shape(x)) + 1))
    return draft.op("EXPAND_DIMS", (x, draft.integers(at)), (*draft.shape(x)[:at], 1, *draft.shape(x)[at:]))


def _squeeze(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    dims = tuple(a for a, n in enumerate(draft.shape(x)) if n == 1)
    return draft.op("SQUEEZE", (x,), tuple(n for n in draft.shape(x) if n != 1), squeeze_dims=dims)


def _join(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    axis = _axis(draft, x)
    others = [t for t in live if draft.dtype(t) == draft.dtype(x) and len(draft.shape(t)) == len(draft.shape(x))]
    y = others[int(draft.rng.integers(len(others)))]
    if draft.rng.random() < 0.3:
        shape = list(draft.shape(x))
        shape[axis] = int(draft.rng.integers(1, 4))
        y = draft.constant(tuple(shape), draft.dtype(x))
    shape = list(draft.shape(x))
    shape[axis] += draft.shape(y)[axis]
    pair = (x, y) if draft.rng.random() < 0.5 else (y, x)
    return draft.op("CONCATENATION", pair, tuple(shape), axis=axis, fused_activation_function="NONE")


def _split(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """SPLIT where it goes, SPLIT_V into two parts else."""
    axis, dtype, shape = _axis(draft, x), draft.dtype(x), list(draft.shape(x))
    length = shape[axis]
    if draft.rng.random() < 0.5:
        parts = next(p for p in (2, 3, 5, 1) if length % p == 0)
        sizes = [length // parts] * parts
    else:
        first = int(draft.rng.integers(1, length))
        sizes = [first, length - first]
    outputs = tuple(draft.activation((*shape[:axis], n, *shape[axis + 1 :]), dtype) for n in sizes)
    if len(set(sizes)) == 1:
        return draft.op_to("SPLIT", (draft.integers(axis), x), outputs, num_splits=len(sizes))
    inputs = (x, draft.integers(sizes), draft.integers(axis))
    return draft.op_to("SPLIT_V", inputs, outputs, num_splits=len(sizes))


def _pack(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    alike = [t for t in live if (draft.dtype(t), draft.shape(t)) == (draft.dtype(x), draft.shape(x))]
    parts = (x, *(alike[int(i)] for i in draft.rng.integers(len(alike), size=int(draft.rng.integers(3)))))
    at = int(draft.rng.integers(len(draft.shape(x)) + 1))
    shape = (*draft.shape(x)[:at], len(parts), *draft.shape(x)[at:])
    return draft.op("PACK", parts, shape, axis=at, values_count=len(parts))


def _unpack(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    axis, shape = _axis(draft, x), draft.shape(x)
    outputs = tuple(draft.activation((*shape[:axis], *shape[axis + 1 :]), draft.dtype(x)) for _ in range(shape[axis]))
    return draft.op_to("UNPACK", (x,), outputs, axis=axis, num=shape[axis])


def _pad(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    by = draft.rng.integers(0, 3, (len(draft.shape(x)), 2)) * (draft.rng.random((len(draft.shape(x)), 1)) < 0.5)
    shape = tuple(n + int(a) + int(b) for n, (a, b) in zip(draft.shape(x), by, strict=True))
    return draft.op("PAD", (x, draft.integers(by.reshape(-1, 2))), shape)


def _slice(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    begins, ends, steps, shape = [], [], [], []
    for n in draft.shape(x):
        lo = int(draft.rng.integers(n))
        hi = int(draft.rng.integers(lo, n)) + 1
        step = int(draft.rng.choice((1, 1, 1, 2)))
        begins.append(lo), ends.append(hi), steps.append(step), shape.append(len(range(lo, hi, step)))
    inputs = (x, *(draft.integers(values) for values in (begins, ends, steps)))
    return draft.op("STRIDED_SLICE", inputs, tuple(shape))


def _transpose(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    order = tuple(int(a) for a in draft.rng.permutation(len(draft.shape(x))))
    return draft.op("TRANSPOSE", (x, draft.integers(order)), tuple(draft.shape(x)[a] for a in order))


def _resize(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    batch, _, _, depth = draft.shape(x)
    size = tuple(int(n) for n in draft.rng.integers(1, 8, 2))
    aligned = bool(draft.rng.random() < 0.5)
    return draft.op(
        "RESIZE_NEAREST_NEIGHBOR", (x, draft.integers(size)), (batch, *size, depth), align_corners=aligned,
        half_pixel_centers=not aligned,
    )  # fmt: skip


def _quantize(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """To another dtype, by way of float32 or not."""
    dtype = str(draft.rng.choice([d for d in ("int8", "uint8", "int16") if d != draft.dtype(x)]))
    if draft.dtype(x) != "float32" and draft.rng.random() < 0.5:
        return draft.op_to("DEQUANTIZE", (x,), (draft.activation(draft.shape(x), "float32"),))
    return draft.op_to("QUANTIZE", (x,), (draft.activation(draft.shape(x), dtype),))


def _shape_and_fill(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    if draft.rng.random() < 0.5:
        return draft.op_to("SHAPE", (x,), (draft.activation((len(draft.shape(x)),), "int32"),))
    shape = _shape(draft.rng)
    inputs = (draft.integers(shape), draft.constant((), draft.dtype(x)))
    return draft.op_to("FILL", inputs, (draft.activation(shape, draft.dtype(x)),))


def _bilinear(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    batch, _, _, depth = draft.shape(x)
    size = tuple(int(n) for n in draft.rng.integers(1, 9, 2))
    options = {"align_corners": bool(draft.rng.random() < 0.3), "half_pixel_centers": bool(draft.rng.random() < 0.5)}
    return draft.op("RESIZE_BILINEAR", (x, draft.integers(size)), (batch, *size, depth), **options)


def _blocks(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """To or from the channels or the batch, where it goes."""
    n, height, width, depth = draft.shape(x)
    if draft.rng.random() < 0.5:
        if depth % 4 == 0:
            return draft.op("DEPTH_TO_SPACE", (x,), (n, height * 2, width * 2, depth // 4), block_size=2)
        shape = (n, height // 2, width // 2, depth * 4)
        return draft.op("SPACE_TO_DEPTH", (x,), shape, block_size=2)
    if n % 2 == 0 and height > 1:
        inputs = (x, draft.integers((2, 1)), draft.integers(((1, 0), (0, 0))))
        return draft.op("BATCH_TO_SPACE_ND", inputs, (n // 2, height * 2 - 1, width, depth))
    top, left = height % 2, int(draft.rng.integers(0, 2))
    inputs = (x, draft.integers((2, 3)), draft.integers(((top, 0), (left, -(left + width) % 3))))
    shape = (n * 6, (height + top) // 2, (left + width + 2) // 3, depth)
    return draft.op("SPACE_TO_BATCH_ND", inputs, shape)


def _take(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """TILE, MIRROR_PAD, BROADCAST_TO, REVERSE_V2, SLICE or GATHER."""
    shape, rng = draft.shape(x), draft.rng
    match int(rng.integers(6)):
        case 0:
            times = tuple(int(k) for k in rng.integers(1, 3, len(shape)))
            return draft.op("TILE", (x, draft.integers(times)), tuple(n * k for n, k in zip(shape, times, strict=True)))
        case 1:
            by = tuple((int(rng.integers(0, n + 1)), int(rng.integers(0, n + 1))) for n in shape)
            wider = tuple(n + a + b for n, (a, b) in zip(shape, by, strict=True))
            return draft.op("MIRROR_PAD", (x, draft.integers(by)), wider, mode="SYMMETRIC")
        case 2:
            wider = tuple(3 if n == 1 else n for n in (1, *shape)[int(rng.integers(2)) :])
            return draft.op("BROADCAST_TO", (x, draft.integers(wider)), wider)
        case 3:
            return draft.op("REVERSE_V2", (x, draft.integers((_axis(draft, x),))), shape)
        case 4:
            begins = tuple(int(rng.integers(n)) for n in shape)
            sizes = tuple(int(rng.integers(1, n - b + 1)) for n, b in zip(shape, begins, strict=True))
            return draft.op("SLICE", (x, draft.integers(begins), draft.integers(sizes)), sizes)
    axis, count = _axis(draft, x), int(rng.integers(1, 5))
    computed = [t for t in live if draft.dtype(t) in ("int32", "int64") and len(draft.shape(t)) < 3]
    named = computed[0] if computed and rng.random() < 0.5 else draft.integers(rng.integers(0, shape[axis], count))
    wider = (*shape[:axis], *draft.shape(named), *shape[axis + 1 :])
    return draft.op("GATHER", (x, named), wider, axis=axis, batch_dims=0)


def _choose(draft: _Draft, x: int, live: list[int]) -> tuple[int, ...]:
    """A comparison, a selection by one, a place along an axis, or another dtype."""
    shape, dtype, rng = draft.shape(x), draft.dtype(x), draft.rng
    alike = [t for t in live if (draft.dtype(t), draft.shape(t)) == (dtype, shape)]
    y = alike[int(rng.integers(len(alike)))]
    match int(rng.integers(4)):
        case 0:
            kind = str(rng.choice(("LESS", "LESS_EQUAL", "GREATER", "EQUAL", "LOGICAL_OR", "LOGICAL_AND")))
            return draft.op_to(kind, (x, y), (draft.activation(shape, "bool"),))
        case 1:
            condition = next(t for t in live if draft.dtype(t) == "bool")
            wider = np.broadcast_shapes(shape, draft.shape(condition))
            return draft.op_to("SELECT_V2", (condition, x, y), (draft.activation(wider, dtype),))
        case 2:
            axis = _axis(draft, x)
            out = draft.activation((*shape[:axis], *shape[axis + 1 :]), str(rng.choice(("int32", "int64"))))
            return draft.op_to(str(rng.choice(("ARG_MAX", "ARG_MIN"))), (x, draft.integers(axis)), (out,))
    return draft.op_to("CAST", (x,), (draft.activation(shape, str(rng.choice(DTYPES))),))


GROWTHS: tuple[Growth, ...] = (
    _unary, _unary, _binary, _binary, _fully_connected, _fully_connected, _window, _window, _window, _window,
    _window, _window, _window, _mean, _reshape,
    _reshape, _expand, _squeeze, _join, _split, _pack, _unpack, _pad, _slice, _transpose, _resize, _quantize,
    _shape_and_fill, _bilinear, _bilinear, _blocks, _blocks, _take, _take, _choose, _choose,
)  # fmt: skip
