"""Graphs of one operator that maps, moves or repeats elements: every branch of the kernels, few elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor

Shape = tuple[int, ...]


#: Kinds that give bools of elements which random ones hardly ever are.
EVEN = ("EQUAL", "NOT_EQUAL", "CAST")


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


def _meetings() -> dict[str, Graph]:
    """Operators of two operands besides ADD, SUB and MUL."""
    whole, pixel, row, outer = (1, 5, 4, 6), (6,), (1, 5, 1, 6), (1, 1, 4, 6)
    none = {"fused_activation_function": "NONE"}
    cases = {}
    for kind in ("MINIMUM", "MAXIMUM"):
        for dtype in ("int8", "uint8", "int16", "int32", "int64", "float32"):
            zero_point = 0 if dtype == "int16" else 3
            x, y = made(whole, dtype, 0.05, zero_point), made(row, dtype, 0.05, zero_point)
            cases[f"{kind} {dtype}"] = graph(kind, [x, y], [x], 2)
        cases[f"{kind} int8 scalar by"] = graph(kind, [stored(7, "int8"), made(whole)], [made(whole)], 2)
    for kind in ("FLOOR_DIV", "FLOOR_MOD"):
        cases[f"{kind} int32 by constants"] = graph(
            kind, [made((2, 3), "int32"), stored([7, -3, 2])], [made((2, 3), "int32")]
        )
    for dtype in ("int8", "int16", "int32", "float32"):
        zero_point = 0 if dtype == "int16" else 3
        x, y = made(row, dtype, 0.05, zero_point), made(outer, dtype, 0.05, zero_point)
        for kind in ("FLOOR_DIV", "FLOOR_MOD"):
            cases[f"{kind} {dtype}"] = graph(kind, [x, y], [made(whole, dtype, 0.05, zero_point)], 2)
    cases |= {
        "POW float32": graph("POW", [made(whole, "float32"), made(pixel, "float32")], [made(whole, "float32")]),
        "POW int32": graph("POW", [made(whole, "int32"), stored(1)], [made(whole, "int32")]),
        "POW float32 squared": graph("POW", [made(whole, "float32"), stored(2, "float32")], [made(whole, "float32")]),
        "SQUARED_DIFFERENCE float32": graph(
            "SQUARED_DIFFERENCE", [made(whole, "float32"), made(pixel, "float32")], [made(whole, "float32")]
        ),
        "SQUARED_DIFFERENCE int32": graph(
            "SQUARED_DIFFERENCE", [made(whole, "int32"), made(pixel, "int32")], [made(whole, "int32")]
        ),
        "SQUARED_DIFFERENCE int8": graph(
            "SQUARED_DIFFERENCE", [made(whole), made(row, scale=0.02, zero_point=-20)],
            [made(whole, scale=0.4, zero_point=-128)], 2,
        ),
        "PRELU float32": graph("PRELU", [made(whole, "float32"), made(pixel, "float32")], [made(whole, "float32")]),
        "PRELU int8": graph("PRELU", [made(whole), made(pixel, scale=0.01)], [made(whole, scale=0.06)]),
        "PRELU int8 of constants": graph(
            "PRELU", [made(whole), stored([[[3, 9, -40, 127, -128, 0]]], "int8", 0.004)], [made(whole, scale=0.06)]
        ),
        "PRELU int8 by element": graph("PRELU", [made(whole), made(whole, scale=0.02)], [made(whole, scale=0.06)]),
        "PRELU uint8": graph(
            "PRELU", [made(whole, "uint8", 0.05, 120), made(pixel, "uint8", 0.01, 99)], [made(whole, "uint8", 0.06, 90)]
        ),
        "PRELU int16": graph(
            "PRELU", [made(whole, "int16", 1e-3, 0), made(pixel, "int8", 0.01)], [made(whole, "int16", 1e-3, 0)]
        ),
        "DIV float32": graph(
            "DIV", [made(whole, "float32"), made(pixel, "float32")], [made(whole, "float32")],
            fused_activation_function="RELU6",
        ),
        "DIV int32": graph("DIV", [made(whole, "int32"), made(pixel, "int32")], [made(whole, "int32")], **none),
        "DIV int8": graph("DIV", [made(whole), made(row, zero_point=-128)], [made(whole, scale=0.04)], 2, **none),
        "DIV int8 below 0": graph("DIV", [made(whole), made(row, zero_point=127)], [made(whole, scale=0.7)], 2, **none),
        "DIV uint8": graph(
            "DIV", [made(whole, "uint8", 0.05, 120), made(whole, "uint8", 0.02, 0)], [made(whole, "uint8", 0.06, 90)],
            2, fused_activation_function="RELU",
        ),
        "DIV int16": graph(
            "DIV", [made(whole, "int16", 1e-3, 0), made(row, "int16", 2e-3, 0)], [made(whole, "int16", 3e-4, 0)], 2,
            **none,
        ),
    }  # fmt: skip
    for kind in ("ADD", "SUB", "MUL"):
        a, b, y = (made(s, "int16", scale, 0) for s, scale in ((whole, 3e-4), (row, 2e-4), (whole, 4e-4)))
        cases[f"{kind} int16"] = graph(kind, [a, b], [y], 2, fused_activation_function="RELU6")
        x, y = made(whole, "int32"), made(pixel, "int32")
        cases[f"{kind} int32"] = graph(kind, [x, y], [x], 1, **none)
    for kind in ("ADD", "SUB"):
        a, b = made(whole, "int16", 2.0**-12, 0), made(whole, "int16", 2.0**-14, 0)
        cases[f"{kind} int16 of powers of two"] = graph(kind, [a, b], [a], 2, pot_scale_int16=True, **none)
    return cases


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
    cases |= _functions()
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


def _functions() -> dict[str, Graph]:
    """Operators of one value that are a function of it, in all their dtypes."""
    every, line, bits = (4, 64), (3, 50), (9, 99)
    cases = {}
    for kind in ("EXP", "LOG", "SQRT", "RSQRT", "SQUARE", "SIN", "COS", "NEG", "ABS", "SIGN", "FLOOR", "CEIL", "ROUND",
                 "ELU", "HARD_SWISH", "RELU_0_TO_1"):  # fmt: skip
        cases[f"{kind} float32"] = graph(kind, [made(line, "float32")], [made(line, "float32")])
    for name, approximate in (("exactly", False), ("by tanh", True)):
        options = {"approximate": approximate}
        cases[f"GELU float32 {name}"] = graph("GELU", [made(line, "float32")], [made(line, "float32")], 1, **options)
        for dtype, low in (("int8", -128), ("uint8", 0)):
            x, y = made(every, dtype, 0.03, low + 120), made(every, dtype, 0.02, low + 20)
            cases[f"GELU {dtype} {name}"] = graph("GELU", [x], [y], 2, **options)
        cases[f"GELU int16 {name}"] = graph(
            "GELU", [made(bits, "int16", 2e-4, 0)], [made(bits, "int16", 2e-4, 0)], 2, **options
        )
    for dtype, low in (("int8", -128), ("uint8", 0)):
        x, y = made(every, dtype, 0.06, low + 110), made(every, dtype, 0.04, low + 12)
        cases[f"HARD_SWISH {dtype}"] = graph("HARD_SWISH", [x], [y])
        cases[f"HARD_SWISH {dtype} coarse"] = graph("HARD_SWISH", [made(every, dtype, 2.0, low + 128)], [x])
        cases[f"RELU_0_TO_1 {dtype}"] = graph("RELU_0_TO_1", [x], [made(every, dtype, 0.006, low + 5)])
    x = made(every, "int8", 0.05, -7)
    cases |= {
        "EXP int8": graph("EXP", [x], [made(every, "int8", 1.5, -128)], 2),
        "LOG int8": graph("LOG", [x], [made(every, "int8", 0.03, 40)], 2),
        "ELU int8": graph("ELU", [x], [made(every, "int8", 0.03, -90)]),
        "NEG int8": graph("NEG", [x], [x]),
        "ABS int8": graph("ABS", [x], [made(every, "int8", 0.031, -100)], 2),
        "ABS int8 of one scale": graph("ABS", [x], [made(every, "int8", 0.05, -128)], 2),
        "SQRT int8": graph("SQRT", [made(every, "int8", 0.05, -128)], [made(every, "int8", 0.02, -110)], 2),
        "RSQRT int8": graph("RSQRT", [made(every, "int8", 0.05, -128)], [made(every, "int8", 0.04, -120)], 2),
    }
    x, unit = made(bits, "int16", 3e-4, 0), made(bits, "int16", 1 / 32768, 0)
    cases |= {
        "EXP int16": graph("EXP", [x], [made(bits, "int16", 0.1, 0)], 2),
        "LOG int16": graph("LOG", [x], [made(bits, "int16", 4e-4, 0)], 2),
        "SQRT int16": graph("SQRT", [x], [made(bits, "int16", 1e-4, 0)], 2),
        "RSQRT int16": graph("RSQRT", [x], [made(bits, "int16", 1e-3, 0)], 3),
        "NEG int16": graph("NEG", [x], [x]),
        "ABS int16": graph("ABS", [x], [made(bits, "int16", 2e-4, 0)], 3),
        "RELU int16": graph("RELU", [x], [made(bits, "int16", 2e-4, 0)], 3),
        "RELU6 int16": graph("RELU6", [x], [made(bits, "int16", 2e-4, 0)], 3),
        "LEAKY_RELU int16": graph("LEAKY_RELU", [x], [made(bits, "int16", 2e-4, 0)], 2, alpha=single(0.3)),
        "LEAKY_RELU int16 turned": graph("LEAKY_RELU", [x], [made(bits, "int16", 4e-4, 0)], 2, alpha=single(-0.7)),
        "LOGISTIC int16": graph("LOGISTIC", [x], [unit], 3),
        "LOGISTIC int16 of a power of two": graph("LOGISTIC", [made(bits, "int16", 1 / 4096, 0)], [unit], 3),
        "TANH int16": graph("TANH", [x], [unit], 3),
        "TANH int16 of a power of two": graph("TANH", [made(bits, "int16", 1 / 2048, 0)], [unit], 3),
        "NEG int32": graph("NEG", [made(line, "int32")], [made(line, "int32")]),
        "ABS int32": graph("ABS", [made(line, "int32")], [made(line, "int32")], 3),
        "SIGN int32": graph("SIGN", [made(line, "int32")], [made(line, "int32")]),
    }  # fmt: skip
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
    for dtype, zero_point, most in (("int8", 0, 127), ("uint8", 128, 255)):
        for shape in ((2, 3, 20), (4, 1), (3, 200)):
            x = made(shape, dtype, 0.05, zero_point + 9)
            cases[f"L2_NORMALIZATION {dtype} {shape}"] = graph(
                "L2_NORMALIZATION", [x], [made(shape, dtype, 1 / 128, zero_point)], 2, fused_activation_function="NONE"
            )
            cases[f"LOG_SOFTMAX {dtype} {shape}"] = graph("LOG_SOFTMAX", [x], [made(shape, dtype, 1 / 16, most)], 2)
    cases["LOG_SOFTMAX int8 fine"] = graph(
        "LOG_SOFTMAX", [made((5, 90), "int8", 0.003)], [made((5, 90), "int8", 1 / 16, 127)], 2
    )
    cases["LOG_SOFTMAX float32"] = graph("LOG_SOFTMAX", [made((3, 20), "float32")], [made((3, 20), "float32")])
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
        "PAD scalar": graph("PAD", [made(()), stored(np.zeros((0, 2)))], [made(())]),
        "SLICE scalar": graph("SLICE", [made(()), stored(np.zeros(0)), stored(np.zeros(0))], [made(())]),
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
        "STRIDED_SLICE ellipsis": graph(
            "STRIDED_SLICE", [made(x), stored([1, 9, 1]), stored([2, 9, 3]), stored([1] * 3)], [made((6, 5, 2))], 2,
            begin_mask=0, end_mask=0, shrink_axis_mask=1, ellipsis_mask=2, new_axis_mask=0, offset=False,
        ),
        "STRIDED_SLICE new axes": graph(
            "STRIDED_SLICE", [made((6, 5, 4)), stored([0, 5, 7, 1]), stored([9, -7, 8, 4]), stored([1, -2, 1, 1])],
            [made((1, 3, 1, 3, 4))], 2, begin_mask=0, end_mask=0, shrink_axis_mask=0, ellipsis_mask=0,
            new_axis_mask=5, offset=False,
        ),
        "STRIDED_SLICE int32": graph(
            "STRIDED_SLICE", [made((3,), "int32"), stored([1]), stored([2]), stored([1])],
            [made((), "int32")], 1, begin_mask=0, end_mask=0, shrink_axis_mask=1, **slicing,
        ),
        "SLICE": graph("SLICE", [made(x), stored([1, 2, 0, 1]), stored([1, -1, 5, 2])], [made((1, 4, 5, 2))], 2),
        "SLICE int64": graph(
            "SLICE", [made((3,), "int64"), stored([1], "int64"), stored([1], "int64")], [made((1,), "int64")], 2
        ),
        "REVERSE_V2": graph("REVERSE_V2", [made(x), stored([-1, 2])], [made(x)], 2),
        "REVERSE_V2 one axis": graph("REVERSE_V2", [made((3, 4)), stored([0])], [made((3, 4))], 2),
        "PADV2": graph(
            "PADV2", [made(x), stored([[0, 0], [1, 2], [0, 2], [1, 0]]), stored(-90, "int8")], [made((2, 9, 7, 5))], 2
        ),
        "PADV2 computed value": graph(
            "PADV2", [made((3, 4), "float32"), stored([[1, 1], [2, 0]]), made((), "float32")],
            [made((5, 6), "float32")], 1,
        ),
        "PADV2 int64": graph(
            "PADV2", [made((3,), "int64"), stored([[1, 2]]), stored(-7 << 33, "int64")], [made((6,), "int64")], 2
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


def _blocks() -> dict[str, Graph]:
    nothing = [[0, 0], [0, 0]]
    return {
        "DEPTH_TO_SPACE": graph("DEPTH_TO_SPACE", [made((2, 3, 2, 12))], [made((2, 6, 4, 3))], block_size=2),
        "DEPTH_TO_SPACE 3": graph(
            "DEPTH_TO_SPACE", [made((1, 2, 3, 9), "float32")], [made((1, 6, 9, 1), "float32")], block_size=3
        ),
        "SPACE_TO_DEPTH": graph("SPACE_TO_DEPTH", [made((2, 6, 4, 3))], [made((2, 3, 2, 12))], block_size=2),
        "SPACE_TO_DEPTH 3": graph(
            "SPACE_TO_DEPTH", [made((1, 6, 9, 2), "uint8")], [made((1, 2, 3, 18), "uint8")], block_size=3
        ),
        "SPACE_TO_BATCH_ND": graph(
            "SPACE_TO_BATCH_ND", [made((2, 5, 4, 3)), stored([2, 3]), stored([[2, 1], [1, 1]])], [made((12, 4, 2, 3))]
        ),
        "SPACE_TO_BATCH_ND of 3 axes": graph(
            "SPACE_TO_BATCH_ND", [made((2, 5, 3)), stored([2]), stored([[1, 2]])], [made((4, 4, 3))]
        ),
        "SPACE_TO_BATCH_ND of nothing but padding": graph(
            "SPACE_TO_BATCH_ND", [made((1, 2, 1, 3)), stored([4, 1]), stored([[1, 5], [0, 0]])], [made((4, 2, 1, 3))]
        ),
        "BATCH_TO_SPACE_ND": graph(
            "BATCH_TO_SPACE_ND", [made((12, 4, 2, 3)), stored([2, 3]), stored([[2, 1], [1, 1]])], [made((2, 5, 4, 3))]
        ),
        "BATCH_TO_SPACE_ND of 3 axes": graph(
            "BATCH_TO_SPACE_ND", [made((4, 4, 3)), stored([2]), stored([[1, 2]])], [made((2, 5, 3))]
        ),
        "BATCH_TO_SPACE_ND uncropped": graph(
            "BATCH_TO_SPACE_ND", [made((4, 2, 2, 1)), stored([2, 2]), stored(nothing)], [made((1, 4, 4, 1))]
        ),
    }


def _choices() -> dict[str, Graph]:
    """Comparisons, logic, selection, conversions, and what is found by its place."""
    x, bools = (1, 5, 4, 6), made((1, 5, 4, 6), "bool")
    cases = {}
    for kind in ("LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL", "NOT_EQUAL"):
        other = {} if kind in EVEN else {"scale": 0.01, "zero_point": 9}
        cases |= {
            f"{kind} int8": graph(kind, [made(x, scale=0.05), made(x, **other)], [bools], 2),
            f"{kind} uint8 by pixel": graph(kind, [made(x, "uint8"), made((6,), "uint8", **other)], [bools], 2),
            f"{kind} int32 by scalar": graph(kind, [made(x, "int32"), stored(1)], [bools]),
            f"{kind} int64 scalar by": graph(kind, [stored(2, "int64"), made(x, "int64")], [bools]),
            f"{kind} float32 outer": graph(
                kind, [made((1, 5, 1, 6), "float32"), made((1, 1, 4, 6), "float32")], [bools]
            ),
        }
    for kind in ("EQUAL", "NOT_EQUAL"):
        cases[f"{kind} bool"] = graph(kind, [bools, made((4, 1), "bool")], [bools], 3)
    for kind in ("LOGICAL_AND", "LOGICAL_OR"):
        cases[kind] = graph(kind, [bools, bools], [bools])
        cases[f"{kind} by row"] = graph(kind, [made((5, 1, 6), "bool"), bools], [bools])
    cases["LOGICAL_NOT"] = graph("LOGICAL_NOT", [bools], [bools])
    flags = stored([True, False, True, True, False], "bool")
    cases |= {
        "SELECT": graph("SELECT", [made((5, 4), "bool"), made((5, 4)), made((5, 4), scale=0.1)], [made((5, 4))]),
        "SELECT by the first axis": graph("SELECT", [made((5,), "bool"), made((5, 4)), made((5, 4))], [made((5, 4))]),
        "SELECT by a constant": graph("SELECT", [flags, made((5, 2, 3)), made((5, 2, 3))], [made((5, 2, 3))]),
        "SELECT along the only axis": graph("SELECT", [flags, made((5,)), made((5,))], [made((5,))]),
        "SELECT by a scalar": graph("SELECT", [made((), "bool"), made((5, 4)), made((5, 4))], [made((5, 4))]),
        "SELECT_V2": graph("SELECT_V2", [bools, made(x), made(x)], [made(x)]),
        "SELECT_V2 broadcast": graph(
            "SELECT_V2", [made((5, 1, 1), "bool"), made((6,)), made((4, 1))], [made((5, 4, 6))]
        ),
        "SELECT_V2 of a scalar": graph("SELECT_V2", [bools, made(x), stored(7, "int8")], [made(x)]),
    }
    for dtype in ("int8", "uint8", "int32", "bool", "float32"):
        for out, axis in (("int32", 2), ("int64", -1)):
            cases[f"ARG_MAX {dtype} to {out}"] = graph(
                "ARG_MAX", [made((2, 3, 4, 5), dtype), stored(axis)],
                [made((2, 3, 5) if axis == 2 else (2, 3, 4), out)], 2, output_type=out.upper(),
            )  # fmt: skip
    cases["ARG_MIN"] = graph(
        "ARG_MIN", [made((40, 3)), stored(0, "int64")], [made((3,), "int32")], 2, output_type="INT32"
    )
    cases["ARG_MIN of a vector"] = graph(
        "ARG_MIN", [made((9,), "float32"), stored([0])], [made((), "int64")], output_type="INT64"
    )
    for dtype, shape, k in (
        ("int8", (3, 4, 40), 5), ("uint8", (7,), 7), ("int16", (2, 9), 3), ("int32", (5, 1, 4, 6), 1),
        ("int64", (2, 8), 4), ("float32", (4, 30), 6),
    ):  # fmt: skip
        outputs = [made((*shape[:-1], k), dtype), made((*shape[:-1], k), "int32")]
        cases[f"TOPK_V2 {dtype}"] = graph("TOPK_V2", [made(shape, dtype), stored(k)], outputs, 1)
    cases["ZEROS_LIKE"] = graph("ZEROS_LIKE", [made((3, 4), "float32")], [made((3, 4), "float32")])
    cases["ZEROS_LIKE int64"] = graph("ZEROS_LIKE", [made((3,), "int64")], [made((3,), "int64")])
    for a in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool", "float32"):
        for b in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool", "float32"):
            cases[f"CAST {a} to {b}"] = graph(
                "CAST", [made((3, 7), a)], [made((3, 7), b)], in_data_type=a.upper(), out_data_type=b.upper()
            )
    return cases


def _gathers() -> dict[str, Graph]:
    x = (2, 6, 5, 4)
    indices = [[1, 3, 3], [0, 5, 2]]
    return {
        "GATHER": graph("GATHER", [made(x), stored(indices)], [made((2, 2, 3, 5, 4))], 2, axis=1, batch_dims=0),
        "GATHER channels": graph(
            "GATHER", [made(x), stored([3, 0, 1], "int64")], [made((2, 6, 5, 3))], 2, axis=-1, batch_dims=0
        ),
        "GATHER a scalar": graph("GATHER", [made((3, 4)), stored(1)], [made((4,))], 2, axis=0, batch_dims=0),
        "GATHER by batch": graph("GATHER", [made(x), stored(indices)], [made((2, 3, 5, 4))], 5, axis=1, batch_dims=1),
        "GATHER by batch within": graph(
            "GATHER", [made((2, 3, 6)), stored(indices)], [made((2, 3, 3))], 5, axis=2, batch_dims=-1
        ),
        "GATHER computed": graph(
            "GATHER", [made((9, 4)), made((2, 3), "int32")], [made((2, 3, 4))], 2, axis=0, batch_dims=0
        ),
        "GATHER computed int64": graph(
            "GATHER", [made((2, 5, 3), "float32"), made((2, 4), "int64")], [made((2, 4, 3), "float32")], 5, axis=1,
            batch_dims=1,
        ),
        "GATHER_ND": graph(
            "GATHER_ND", [made(x), stored([[[1, 3], [0, 5]], [[1, 0], [0, 2]]])], [made((2, 2, 5, 4))]
        ),
        "GATHER_ND elements": graph("GATHER_ND", [made((3, 4)), stored([[2, 1], [0, 3]], "int64")], [made((2,))]),
        "GATHER_ND computed": graph(
            "GATHER_ND", [made((3, 3, 4), "float32"), made((5, 2), "int32")], [made((5, 4), "float32")]
        ),
        "GATHER computed int16": graph(
            "GATHER", [made((2, 5)), made((3,), "int16", 1.0, 0)], [made((2, 3))], 4, axis=1, batch_dims=0
        ),
    }  # fmt: skip


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
    for name, options in {"plain": (False, False), "half pixel": (False, True), "aligned": (True, False)}.items():
        for dtype in ("int8", "uint8", "int16", "float32"):
            for n_in, n_out in (((4, 5), (8, 9)), ((8, 6), (3, 4)), ((3, 2), (1, 11))):
                x, y = (made((1, *n, 3), dtype, 0.05, 0 if dtype == "int16" else 3) for n in (n_in, n_out))
                cases[f"RESIZE_BILINEAR {dtype} {name} {n_in} to {n_out}"] = graph(
                    "RESIZE_BILINEAR", [x, stored(n_out)], [y], 3, align_corners=options[0],
                    half_pixel_centers=options[1],
                )  # fmt: skip
    cases["TILE"] = graph("TILE", [made((2, 3, 1, 4)), stored([1, 3, 4, 2])], [made((2, 9, 4, 8))])
    cases["TILE int64"] = graph("TILE", [made((3, 2), "int64"), stored([2, 1], "int64")], [made((6, 2), "int64")])
    cases["TILE scalar"] = graph("TILE", [made(()), stored(np.zeros(0))], [made(())])
    cases["MIRROR_PAD reflect"] = graph(
        "MIRROR_PAD", [made((1, 4, 5, 3)), stored([[0, 0], [3, 1], [0, 2], [1, 2]])], [made((1, 8, 7, 6))],
        mode="REFLECT",
    )  # fmt: skip
    cases["MIRROR_PAD symmetric"] = graph(
        "MIRROR_PAD", [made((4, 5)), stored([[4, 1], [0, 5]], "int64")], [made((9, 10))], mode="SYMMETRIC"
    )
    cases["BROADCAST_TO"] = graph("BROADCAST_TO", [made((5, 1, 3)), stored([2, 5, 4, 3])], [made((2, 5, 4, 3))], 2)
    cases["BROADCAST_TO scalar"] = graph("BROADCAST_TO", [made((), "bool"), stored([3, 2])], [made((3, 2), "bool")], 2)
    cases["SHAPE"] = graph("SHAPE", [made((3, 1, 7))], [made((3,), "int32")], 1, out_type="INT32")
    cases["FILL"] = graph("FILL", [stored([3, 4]), made((), "int8")], [made((3, 4))], 3)
    return cases


#: Name -> graph. The first word is the operator's kind.
CASES: dict[str, Graph] = {
    **_binary("ADD"), **_binary("SUB"), **_binary("MUL"), **_meetings(), **_unary(), **_last_axis(), **_moves(),
    **_blocks(), **_choices(), **_gathers(), **_repeats(),
    **_matrix_products(),
}  # fmt: skip


def kind_of(params: Mapping[str, Any]) -> str:
    """The kind of a test's case by its name: of each kind, one case is quick."""
    return str(params["case"]).partition(" ")[0]


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


#: Operators of which LiteRT ends the inference where a value is below 0.
NOT_BELOW_0 = ("SQRT", "RSQRT")
#: Operators of which it does where whole numbers are divided by 0.
DIVIDES = ("DIV", "FLOOR_DIV", "FLOOR_MOD")
#: Operators that LiteRT's reference kernels do not have.
TFLM_ALONE = ("ELU", "CEIL", "ROUND")


def inputs_for(g: Graph, seed: int) -> dict[int, np.ndarray]:
    """Inputs over the whole range of each dtype; 256 elements of 8 bits are every value once. Indices lie
    within, and what is asked whether it is the same takes few values.
    """
    rng = np.random.default_rng(seed)
    few = {t for op in g.operators if op.kind in EVEN and g.tensors[op.outputs[0]].dtype == "bool" for t in op.inputs}
    named = {
        op.inputs[1]: g.tensors[op.inputs[0]].shape[op.attrs.get("axis", 0)]
        for op in g.operators
        if op.kind in ("GATHER", "GATHER_ND")
    }

    def values(t: Tensor) -> np.ndarray:
        if t.id in few and t.dtype != "bool":
            return np.asarray(rng.integers(0, 3, t.shape)).astype(t.dtype)
        if t.dtype == "float32":
            return (rng.standard_normal(t.shape) * 4).astype(np.float32)
        if t.id in named:
            return rng.integers(0, named[t.id], t.shape, dtype=t.dtype)
        if t.dtype == "bool":
            return rng.integers(0, 2, t.shape).astype(bool)
        info = np.iinfo(t.dtype)
        if t.elements == 256 and t.element_bytes == 1:
            return rng.permutation(np.arange(info.min, info.max + 1)).astype(t.dtype).reshape(t.shape)
        return rng.integers(info.min, info.max, t.shape, dtype=t.dtype, endpoint=True)

    def fitting(t: Tensor, value: np.ndarray) -> np.ndarray:
        zero = 0 if t.dtype == "float32" or t.quant is None else t.quant.zero_point
        if any(t.id in op.inputs and op.kind in NOT_BELOW_0 for op in g.operators):
            value = np.maximum(value, value.dtype.type(zero))
        dividing = [op.kind for op in g.operators if op.kind in DIVIDES and op.inputs[1] == t.id]
        if dividing and t.dtype != "float32":
            nothing = zero if dividing[0] == "DIV" else 0
            value = np.where(value == nothing, value.dtype.type(nothing + (1 if nothing < 127 else -1)), value)
        return value

    return {t: np.asarray(fitting(g.tensors[t], values(g.tensors[t]))) for t in g.inputs}
