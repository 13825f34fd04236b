"""Graphs of one operator that maps, moves or repeats elements: every branch of the kernels, few elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor

Shape = tuple[int, ...]


def single(value: float) -> float:
    """A float32 value held in a Python float, as scales are stored."""
    return float(np.float32(value))


def made(shape: Shape, dtype: str = "int8", scale: float = 0.05, zero_point: int = 3) -> Tensor:
    """An activation; its id and name are given when it joins a graph."""
    quantized = dtype in ("int8", "uint8", "int16")
    return Tensor(0, "", shape, dtype, Quant((single(scale),), (zero_point,)) if quantized else None)


def stored(values: object, dtype: str = "int32", scale: float = 0.05, zero_point: int = 3) -> Tensor:
    """A constant."""
    array = np.asarray(values, dtype=dtype)
    tensor = made(array.shape, dtype, scale, zero_point)
    return Tensor(0, "", array.shape, dtype, tensor.quant, array.tobytes())


def graph(
    kind: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor], version: int = 1, **attrs: AttrValue
) -> Graph:
    """A graph of one operator; inputs that are not constants are its inputs."""
    tensors = tuple(Tensor(i, f"t{i}", t.shape, t.dtype, t.quant, t.data) for i, t in enumerate((*inputs, *outputs)))
    ins, outs = tuple(range(len(inputs))), tuple(range(len(inputs), len(tensors)))
    op = Operator(0, kind, ins, outs, MappingProxyType(attrs), version)
    return Graph(f"one {kind}", tensors, (op,), tuple(i for i in ins if not tensors[i].is_const), outs)


def _binary(kind: str) -> dict[str, Graph]:
    version = 2
    uint8 = {"dtype": "uint8", "zero_point": 120}
    none, relu6 = {"fused_activation_function": "NONE"}, {"fused_activation_function": "RELU6"}
    whole, pixel, row = (1, 5, 4, 6), (6,), (1, 5, 1, 6)
    factor = stored(77, "int8", 0.02, -9)
    fine = 0.004 if kind == "MUL" else 0.06
    return {
        f"{kind} int8": graph(
            kind, [made(whole), made(whole, scale=0.011)], [made(whole, scale=fine)], version, **none
        ),
        f"{kind} int8 RELU6": graph(kind, [made(whole), made(whole)], [made(whole, zero_point=-100)], version, **relu6),
        f"{kind} int8 coarse": graph(kind, [made(whole), made(whole)], [made(whole, scale=0.9)], version, **none),
        f"{kind} int8 by pixel": graph(kind, [made(whole), made(pixel)], [made(whole, scale=0.1)], version, **none),
        f"{kind} int8 pixel by": graph(kind, [made(pixel), made(whole)], [made(whole, scale=0.1)], version, **none),
        f"{kind} int8 by row": graph(kind, [made(whole), made(row)], [made(whole, scale=0.1)], version, **none),
        f"{kind} int8 outer": graph(
            kind, [made((1, 5, 1, 6)), made((1, 1, 4, 6))], [made(whole, scale=0.1)], version, **none
        ),
        f"{kind} int8 by scalar": graph(kind, [made(whole), factor], [made(whole, scale=0.1)], version, **none),
        f"{kind} int8 scalar by": graph(kind, [factor, made((3, 7))], [made((3, 7), scale=0.1)], version, **none),
        f"{kind} uint8": graph(
            kind, [made(whole, **uint8), made(whole, **uint8)], [made(whole, "uint8", 0.13, 90)], 1, **none
        ),
        f"{kind} float32": graph(
            kind, [made(whole, "float32"), made(pixel, "float32")], [made(whole, "float32")], 1,
            fused_activation_function="RELU",
        ),
    }  # fmt: skip


def _unary() -> dict[str, Graph]:
    every = (4, 64)  # holds each of the 256 values when the input is all_bytes
    cases = {}
    for dtype, zero_point, low in (("int8", -7, -128), ("uint8", 120, 0)):
        x = made(every, dtype, 0.06, zero_point)
        cases |= {
            f"LOGISTIC {dtype}": graph("LOGISTIC", [x], [made(every, dtype, 1 / 256, low)], 2),
            f"TANH {dtype}": graph("TANH", [x], [made(every, dtype, 1 / 128, low + 128)], 2),
            f"RELU {dtype}": graph("RELU", [x], [made(every, dtype, 0.031, low)], 2),
            f"RELU6 {dtype}": graph("RELU6", [x], [made(every, dtype, 0.09, low + 20)], 2),
            f"RELU_N1_TO_1 {dtype}": graph("RELU_N1_TO_1", [x], [made(every, dtype, 0.03, low + 100)], 1),
            f"LEAKY_RELU {dtype}": graph(
                "LEAKY_RELU", [x], [made(every, dtype, 0.05, low + 30)], 2, alpha=single(0.17)
            ),
            f"QUANTIZE {dtype} to int8": graph("QUANTIZE", [x], [made(every, "int8", 0.041, 9)], 2),
            f"QUANTIZE {dtype} to uint8": graph("QUANTIZE", [x], [made(every, "uint8", 0.06, 128)], 2),
            f"QUANTIZE float32 to {dtype}": graph("QUANTIZE", [made(every, "float32")], [x], 1),
            f"DEQUANTIZE {dtype}": graph("DEQUANTIZE", [x], [made(every, "float32")], 2),
        }
    for kind in ("LOGISTIC", "TANH", "RELU", "RELU6", "RELU_N1_TO_1"):
        cases[f"{kind} float32"] = graph(kind, [made((3, 50), "float32")], [made((3, 50), "float32")])
    cases["LEAKY_RELU float32"] = graph(
        "LEAKY_RELU", [made((3, 50), "float32")], [made((3, 50), "float32")], alpha=single(0.3)
    )
    for source, out in (
        ("int8", "int16"), ("uint8", "int16"), ("int16", "int16"), ("int16", "int32"), ("int32", "int8"),
        ("int32", "int16"),
    ):  # fmt: skip
        x, y = (
            Tensor(0, "", (9, 9), d, Quant((single(s),), (0 if "16" in d else 3,)))
            for d, s in ((source, 0.01), (out, 0.0007))
        )
        cases[f"QUANTIZE {source} to {out}"] = graph("QUANTIZE", [x], [y], 2)
    cases["QUANTIZE float32 to int16"] = graph("QUANTIZE", [made((9, 9), "float32")], [made((9, 9), "int16", 2e-4, 0)])
    cases["DEQUANTIZE int16"] = graph("DEQUANTIZE", [made((9, 9), "int16", 0.001, 0)], [made((9, 9), "float32")], 3)
    halves = np.arange(0, 1 << 16, 37, dtype=np.uint16).view(np.float16)
    halves = np.where(np.isfinite(halves), halves, np.float16(1)).astype(np.float16)
    cases["DEQUANTIZE float16"] = graph("DEQUANTIZE", [stored(halves, "float16")], [made(halves.shape, "float32")], 3)
    cases["QUANTIZE int16 to int8"] = graph("QUANTIZE", [made((9, 9), "int16", 0.001, 0)], [made((9, 9))], 2)
    return cases


def _matrix_products() -> dict[str, Graph]:
    """Both inputs made by others, in every order of axes and with leading axes that broadcast."""
    cases = {}
    for (a, b), (adj_x, adj_y) in (
        (((4, 5), (5, 3)), (False, False)), (((2, 4, 5), (2, 3, 5)), (False, True)), (((5, 4), (3, 5)), (True, True)),
        (((2, 1, 5, 4), (3, 5, 7)), (True, False)), (((2, 3, 1, 4, 9), (3, 2, 9, 2)), (False, False)),
    ):  # fmt: skip
        shape = (*np.broadcast_shapes(a[:-2], b[:-2]), a[-1] if adj_x else a[-2], b[-2] if adj_y else b[-1])
        for dtype, zero_point, scale in (("int8", 3, 0.2), ("int16", 0, 0.0012), ("float32", 0, 1.0)):
            x, y = (made(part, dtype, 0.05 if dtype == "int8" else 0.0001, zero_point) for part in (a, b))
            cases[f"BATCH_MATMUL {dtype} {a} {b}"] = graph(
                "BATCH_MATMUL", [x, y], [made(shape, dtype, scale, zero_point)], 4, adj_x=adj_x, adj_y=adj_y
            )
    return cases


def _last_axis() -> dict[str, Graph]:
    cases = {}
    for shape in ((1, 1), (2, 12), (1, 3, 2, 40)):
        for dtype, out in (("int8", -128), ("uint8", 0)):
            cases[f"SOFTMAX {dtype} {shape}"] = graph(
                "SOFTMAX", [made(shape, dtype, 0.04, 5)], [made(shape, dtype, 1 / 256, out)], 2, beta=1.0
            )
    for dtype in ("int8", "uint8"):
        cases[f"SOFTMAX {dtype} widened"] = graph(
            "SOFTMAX", [made((3, 45), dtype, 0.09, 7)], [made((3, 45), "int16", 1 / 65536, -32768)], 2, beta=1.0
        )
    cases["SOFTMAX int8 wide"] = graph(
        "SOFTMAX", [made((2, 1500), "int8", 0.5)], [made((2, 1500), "int8", 1 / 256, -128)], 2, beta=1.0
    )
    cases["SOFTMAX int8 beta"] = graph(
        "SOFTMAX", [made((2, 60), "int8", 0.3)], [made((2, 60), "int8", 1 / 256, -128)], 2, beta=0.5
    )
    cases["SOFTMAX int16"] = graph(
        "SOFTMAX", [made((5, 33), "int16", 0.0003, 0)], [made((5, 33), "int16", 1 / 32768, 0)], 3, beta=1.0
    )
    cases["SOFTMAX float32"] = graph("SOFTMAX", [made((3, 20), "float32")], [made((3, 20), "float32")], 1, beta=0.7)
    cases["L2_NORMALIZATION float32"] = graph(
        "L2_NORMALIZATION", [made((2, 3, 20), "float32")], [made((2, 3, 20), "float32")], 1,
        fused_activation_function="NONE",
    )  # fmt: skip
    return cases


def _moves() -> dict[str, Graph]:
    x = (2, 6, 5, 4)
    joined = {"fused_activation_function": "NONE"}
    slicing = {"ellipsis_mask": 0, "new_axis_mask": 0, "offset": False}
    cases = {
        "SPLIT channels": graph("SPLIT", [stored(3), made(x)], [made((2, 6, 5, 2))] * 2, 2, num_splits=2),
        "SPLIT rows": graph(
            "SPLIT", [stored(-3), made(x, "uint8")], [made((2, 2, 5, 4), "uint8")] * 3, 1, num_splits=3
        ),
        "SPLIT_V": graph(
            "SPLIT_V", [made(x), stored([1, 3, 2]), stored(1)],
            [made((2, n, 5, 4)) for n in (1, 3, 2)], 2, num_splits=3,
        ),
        "UNPACK 0": graph("UNPACK", [made((3, 4, 5))], [made((4, 5))] * 3, 2, axis=0, num=3),
        "UNPACK -1": graph("UNPACK", [made((3, 4, 2))], [made((3, 4))] * 2, 2, axis=-1, num=2),
        "PACK 0": graph("PACK", [made((4, 5))] * 3, [made((3, 4, 5))], 2, axis=0, values_count=3),
        "PACK -1": graph("PACK", [made((4, 5))] * 2, [made((4, 5, 2))], 2, axis=-1, values_count=2),
        "PACK int32": graph("PACK", [made((), "int32"), stored(7)], [made((2,), "int32")], 1, axis=0, values_count=2),
        "PAD": graph("PAD", [made(x)], [made((2, 9, 7, 5))], 2),
        "PAD float32": graph("PAD", [made((3, 4), "float32")], [made((5, 6), "float32")], 1),
        "TRANSPOSE": graph("TRANSPOSE", [made(x), stored([0, 3, 1, 2])], [made((2, 4, 6, 5))], 2),
        "TRANSPOSE only sizes of 1": graph("TRANSPOSE", [made((1, 6, 5)), stored([1, 0, 2])], [made((6, 1, 5))], 2),
        "STRIDED_SLICE": graph(
            "STRIDED_SLICE", [made(x), stored([0, 1, 4, 1]), stored([2, 6, -6, 4]), stored([1, 2, -2, 1])],
            [made((2, 3, 3, 3))], 2, begin_mask=0, end_mask=0, shrink_axis_mask=0, **slicing,
        ),
        "STRIDED_SLICE stride 1": graph(
            "STRIDED_SLICE", [made(x), stored([0, -4, 0, 0]), stored([0, -1, 0, 0]), stored([1] * 4)],
            [made((2, 3, 5, 4))], 2, begin_mask=13, end_mask=13, shrink_axis_mask=0, **slicing,
        ),
        "STRIDED_SLICE shrink": graph(
            "STRIDED_SLICE", [made(x), stored([1, 2, 0, 0]), stored([2, 3, 5, 4]), stored([1] * 4)],
            [made((2, 5, 4))], 2, begin_mask=1, end_mask=1, shrink_axis_mask=2, **slicing,
        ),
        "STRIDED_SLICE int32": graph(
            "STRIDED_SLICE", [made((3,), "int32"), stored([1]), stored([2]), stored([1])],
            [made((), "int32")], 1, begin_mask=0, end_mask=0, shrink_axis_mask=1, **slicing,
        ),
        "RESHAPE": graph("RESHAPE", [made(x), stored([2, 3, 40])], [made((2, 3, 40))], 1, new_shape=(2, 3, 40)),
        "SQUEEZE": graph("SQUEEZE", [made((1, 6, 1, 4))], [made((6, 4))], 1, squeeze_dims=(0, 2)),
        "EXPAND_DIMS": graph("EXPAND_DIMS", [made((3, 4)), stored(1)], [made((3, 1, 4))], 1),
        "CONCATENATION channels": graph(
            "CONCATENATION", [made((2, 3, 4, n)) for n in (3, 1, 2)], [made((2, 3, 4, 6))], 2, axis=3, **joined
        ),
        "CONCATENATION rows": graph(
            "CONCATENATION", [made((1, n, 4)) for n in (3, 1)], [made((1, 4, 4))], 2, axis=-2, **joined
        ),
        "CONCATENATION with a constant": graph(
            "CONCATENATION", [made((1, 3)), stored([[1, 2]], "int8")], [made((1, 5))], 2, axis=1, **joined
        ),
        "CONCATENATION uint8 of other scales": graph(
            "CONCATENATION",
            [made((1, 5, 9), "uint8", 0.05, 9), made((1, 5, 8), "uint8", 0.02, 130), made((1, 5, 7), "uint8", 0.04, 3)],
            [made((1, 5, 24), "uint8", 0.05, 9)], 1, axis=2, **joined,
        ),
    }  # fmt: skip
    pad = cases["PAD"]
    cases["PAD"] = graph("PAD", [pad.tensors[0], stored([[0, 0], [1, 2], [0, 2], [1, 0]])], [pad.tensors[1]], 2)
    pad = cases["PAD float32"]
    cases["PAD float32"] = graph("PAD", [pad.tensors[0], stored([[1, 1], [2, 0]])], [pad.tensors[1]], 1)
    return cases


def _repeats() -> dict[str, Graph]:
    cases = {}
    for name, options in {
        "floor": (False, False), "half pixel": (False, True), "aligned": (True, False)
    }.items():  # fmt: skip
        for n_in, n_out in (((4, 5), (8, 10)), ((5, 7), (3, 4)), ((3, 2), (7, 9))):
            cases[f"RESIZE_NEAREST_NEIGHBOR {name} {n_in} to {n_out}"] = graph(
                "RESIZE_NEAREST_NEIGHBOR", [made((1, *n_in, 3)), stored(n_out)], [made((1, *n_out, 3))], 3,
                align_corners=options[0], half_pixel_centers=options[1],
            )  # fmt: skip
    cases["SHAPE"] = graph("SHAPE", [made((3, 1, 7))], [made((3,), "int32")], 1, out_type="INT32")
    cases["FILL"] = graph("FILL", [stored([3, 4]), made((), "int8")], [made((3, 4))], 3)
    return cases


#: Name -> graph. The first word is the operator's kind.
CASES: dict[str, Graph] = {
    **_binary("ADD"), **_binary("SUB"), **_binary("MUL"), **_unary(), **_last_axis(), **_moves(), **_repeats(),
    **_matrix_products(),
}  # fmt: skip


def side_by_side(graphs: Iterable[Graph]) -> Graph:
    """One graph that holds all of them, not connected."""
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    inputs: list[int] = []
    outputs: list[int] = []
    for g in graphs:
        at = len(tensors)
        tensors += [Tensor(at + t.id, f"t{at + t.id}", t.shape, t.dtype, t.quant, t.data) for t in g.tensors]
        operators += [
            Operator(
                len(operators), op.kind, tuple(at + t for t in op.inputs), tuple(at + t for t in op.outputs), op.attrs,
                op.version,
            )
            for op in g.operators
        ]  # fmt: skip
        inputs += [at + t for t in g.inputs]
        outputs += [at + t for t in g.outputs]
    return Graph("side by side", tuple(tensors), tuple(operators), tuple(inputs), tuple(outputs))


def inputs_for(g: Graph, seed: int) -> dict[int, np.ndarray]:
    """Inputs over the whole range of each dtype; 256 elements of 8 bits are every value once."""
    rng = np.random.default_rng(seed)

    def values(t: Tensor) -> np.ndarray:
        if t.dtype == "float32":
            return (rng.standard_normal(t.shape) * 4).astype(np.float32)
        info = np.iinfo(t.dtype)
        if t.elements == 256 and t.element_bytes == 1:
            return rng.permutation(np.arange(info.min, info.max + 1)).astype(t.dtype).reshape(t.shape)
        return rng.integers(info.min, info.max, t.shape, dtype=t.dtype, endpoint=True)

    return {t: np.asarray(values(g.tensors[t])) for t in g.inputs}
