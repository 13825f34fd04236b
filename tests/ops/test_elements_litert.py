"""Operators that map, move or repeat elements, held against LiteRT; 8-bit tables on every input value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.execution.oracle import FLOAT_TOLERANCE, litert_tensors
from mcu_lab.execution.reference import run_reference
from mcu_lab.graph.ir import Graph, Quant, Tensor
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.ops import SPECS, spec_of
from mcu_lab.ops.moving import MOVED as DTYPES
from tests.graph.tflm import ARENA_BYTES, interpreter
from tests.ops import one_operator
from tests.ops.element_cases import CASES, NOT_BELOW_0, TFLM_ALONE, graph, inputs_for, kind_of, made, single, stored

pytest.importorskip("ai_edge_litert")


@pytest.mark.quick(each=lambda params: tuple(params["case"].split()[:2]))
@pytest.mark.parametrize("case", [c for c, g in CASES.items() if g.operators[0].kind not in TFLM_ALONE])
def test_one_operator_has_the_bytes_of_litert(case: str) -> None:
    g = CASES[case]
    model = write_tflite(g)
    for seed in range(3):
        inputs = inputs_for(g, seed)
        theirs, ours = litert_tensors(model, inputs), run_reference(g, inputs)
        for t in g.outputs:
            assert ours[t].dtype == theirs[t].dtype and ours[t].shape == theirs[t].shape
            if g.tensors[t].dtype == "float32":
                # 1 + tanh cancels, and LiteRT's tanh there is a float's approximation.
                least = 1e-6 if case == "GELU float32 by tanh" else 1e-7
                np.testing.assert_allclose(ours[t], theirs[t], rtol=FLOAT_TOLERANCE, atol=least)
            else:
                np.testing.assert_array_equal(ours[t], theirs[t])


@pytest.mark.parametrize("case", [c for c, g in CASES.items() if g.operators[0].kind in TFLM_ALONE])
def test_one_operator_has_the_bytes_of_tflm(case: str) -> None:
    g = CASES[case]
    for seed in range(3):
        inputs = inputs_for(g, seed)
        tflm = interpreter(write_tflite(g), ARENA_BYTES)
        tflm.set_input(inputs[g.inputs[0]], 0)
        tflm.invoke()
        theirs, ours = tflm.get_output(0), run_reference(g, inputs)[g.outputs[0]]
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=FLOAT_TOLERANCE if ours.dtype == "float32" else 0, atol=0)


@pytest.mark.parametrize("seed", range(12))
def test_tables_agree_for_any_quantization(seed: int) -> None:
    """Every 8-bit input value, with scales and zero points drawn at random."""
    rng = np.random.default_rng(seed)
    dtype, low = ("int8", -128) if seed % 2 else ("uint8", 0)
    every = (4, 64)
    x = made(every, dtype, float(rng.uniform(0.001, 0.4)), int(rng.integers(low, low + 256)))
    free = made(every, dtype, float(rng.uniform(0.001, 0.4)), int(rng.integers(low, low + 256)))
    graphs = [
        graph("LOGISTIC", [x], [made(every, dtype, 1 / 256, low)], 2),
        graph("TANH", [x], [made(every, dtype, 1 / 128, low + 128)], 2),
        graph("RELU", [x], [free], 2),
        graph("RELU6", [x], [free], 2),
        graph("LEAKY_RELU", [x], [free], 2, alpha=float(np.float32(rng.uniform(0, 1)))),
        graph("QUANTIZE", [x], [free], 2),
        graph("HARD_SWISH", [x], [free]),
        graph("RELU_0_TO_1", [x], [free]),
        graph("GELU", [x], [free], 2, approximate=bool(seed % 3)),
    ]
    if dtype == "int8":
        graphs += [graph(kind, [x], [free], 2) for kind in ("EXP", "LOG", "ABS", "SQRT", "RSQRT")]
    for g in graphs:
        inputs = inputs_for(g, seed)
        theirs, ours = litert_tensors(write_tflite(g), inputs)[1], run_reference(g, inputs)[1]
        np.testing.assert_array_equal(ours, theirs, err_msg=str(g.operators[0]))


@pytest.mark.parametrize("seed", range(8))
def test_int16_agrees_for_any_scale(seed: int) -> None:
    """Every int16 value."""
    rng = np.random.default_rng(seed)
    every = (256, 256)

    def free() -> Tensor:
        return made(every, "int16", float(10 ** rng.uniform(-5, -1)), 0)

    unit = made(every, "int16", 1 / 32768, 0)
    x = made(every, "int16", 2.0 ** -int(rng.integers(8, 14)), 0) if seed % 2 else free()
    graphs = [graph(kind, [x], [free()], 2) for kind in ("EXP", "LOG", "ABS", "RELU", "RELU6", "SQRT")]
    graphs += [
        graph("RSQRT", [x], [free()], 3),
        graph("LOGISTIC", [x], [unit], 3),
        graph("TANH", [x], [unit], 3),
        graph("LEAKY_RELU", [x], [free()], 2, alpha=single(rng.uniform(-2, 2))),
        graph("GELU", [x], [free()], 2, approximate=bool(seed % 3)),
    ]
    values = np.arange(-32768, 32768).astype(np.int16).reshape(every)
    for g in graphs:
        above = np.maximum(values, 0) if g.operators[0].kind in NOT_BELOW_0 else values
        theirs, ours = litert_tensors(write_tflite(g), {0: above})[1], run_reference(g, {0: above})[1]
        np.testing.assert_array_equal(ours, theirs, err_msg=f"{g.operators[0]} {x.quant} {g.tensors[1].quant}")


@pytest.mark.parametrize("seed", range(12))
def test_sums_and_products_agree_for_any_quantization(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dtype, low = ("int8", -128) if seed % 2 else ("uint8", 0)

    def drawn(scale: float) -> Tensor:
        return made((40, 50), dtype, scale * float(rng.uniform(0.2, 5)), int(rng.integers(low, low + 256)))

    activation = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")[seed % 4]
    for kind, out in (("ADD", 0.1), ("SUB", 0.1), ("MUL", 0.05)):
        g = graph(kind, [drawn(0.05), drawn(0.05)], [drawn(out)], 2, fused_activation_function=activation)
        inputs = inputs_for(g, seed)
        theirs, ours = litert_tensors(write_tflite(g), inputs)[2], run_reference(g, inputs)[2]
        np.testing.assert_array_equal(ours, theirs, err_msg=kind)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_quantize_agrees_at_ties_and_far_out(dtype: str) -> None:
    """Halves between two steps, their float32 neighbours, and values far out, short of where C leaves it undefined."""
    scale = np.float32(0.1)
    ties = (np.arange(-300, 300, dtype=np.float32) + np.float32(0.5)) * scale
    values = np.concatenate([
        ties, np.nextafter(ties, np.float32(-1e9)), np.nextafter(ties, np.float32(1e9)),
        np.float32([0, -0.0, 1e-30, -1e-30, 1e6, -1e6, 1e8, -1e8]),
    ])  # fmt: skip
    g = graph("QUANTIZE", [made(values.shape, "float32")], [made(values.shape, dtype, 0.1, 7)], 1)
    theirs = litert_tensors(write_tflite(g), {0: values})[1]
    np.testing.assert_array_equal(run_reference(g, {0: values})[1], theirs)


def _in_dtype(case: str, dtype: str) -> Graph:
    """The case with its int8 tensors in another dtype."""
    g = CASES[case]

    def changed(t: Tensor) -> Tensor:
        if t.dtype != "int8":
            return t
        data = t.array.astype(dtype).tobytes() if t.is_const else None
        quant = Quant((single(0.05),), (0 if dtype == "int16" else 3,)) if dtype in ("uint8", "int16") else None
        return replace(t, dtype=dtype, data=data, quant=quant)

    return replace(g, tensors=tuple(changed(t) for t in g.tensors))


#: Operators that only move elements, whatever they are.
MOVED_BY = (
    "move",
    "take",
    "blocks",
    "concatenation",
    "resize_nearest_neighbor",
    "fill",
    "shape",
    "gather",
    "select",
    "zeros",
)
MOVED = [
    c
    for c, g in CASES.items()
    if spec_of(g.operators[0]).c_kernel in MOVED_BY and any(t.dtype == "int8" for t in g.tensors)
]


@pytest.mark.quick(each=lambda params: (kind_of(params), params["dtype"]))
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "int8"])
@pytest.mark.parametrize("case", [*MOVED, "ADD int8 by row", "SUB int8 by row", "MUL int8 by row"])
def test_every_dtype_that_is_declared_has_the_values_of_litert(case: str, dtype: str) -> None:
    if dtype not in SPECS[CASES[case].operators[0].kind].dtypes:
        return
    g = _in_dtype(case, dtype)
    inputs = {t: v >> 18 if v.dtype == "int32" else v for t, v in inputs_for(g, 0).items()}
    theirs, ours = litert_tensors(write_tflite(g), inputs), run_reference(g, inputs)
    for t in g.outputs:
        np.testing.assert_array_equal(ours[t], theirs[t])


def test_every_operator_is_held_against_litert_somewhere() -> None:
    kinds = {g.operators[0].kind for g in (*CASES.values(), *one_operator.CASES.values())}
    # Those with state are held in frames: test_svdf.py, test_lstm.py, tests/graph/test_state.py.
    stateful = {"SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM", "READ_VARIABLE", "ASSIGN_VARIABLE"}
    assert kinds | stateful == set(SPECS)


def test_powers_of_whole_numbers_have_the_bytes_of_litert() -> None:
    """All that fit in an int32, and what does not."""
    exponents = [0, 1, 2, 3, 5, 16, 30, 31, 32, 33, 2**31 - 1]
    bases = [0, 1, -1, 2, -2, 3, 7, -10, 46340, 46341, 2**31 - 1, -(2**31)]
    shape = (len(bases), len(exponents))
    g = graph("POW", [made((len(bases), 1), "int32"), stored(exponents)], [made(shape, "int32")])
    inputs = {0: np.array(bases, np.int32).reshape(-1, 1)}
    theirs = litert_tensors(write_tflite(g), inputs)[2]
    np.testing.assert_array_equal(run_reference(g, inputs)[2], theirs)
    assert np.unique(theirs).size > 20
