"""UNIDIRECTIONAL_SEQUENCE_LSTM against LiteRT, frame by frame; in parts, and in C."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.oracle import compare_frames
from mcu_lab.execution.reference import random_frames, reference_frames, run_operator
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Quant
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.ops import SPECS, problems
from mcu_lab.ops.spec import Region
from mcu_lab.plan.verify import verify
from tests.conftest import model_path
from tests.firmware.cases import assert_same_bytes, default_plan, needs_gcc
from tests.ops.lstm_cases import lstm

DTYPES = ("int8", "float32")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", range(12))
def test_litert_gives_the_same(dtype: str, seed: int) -> None:
    graph = lstm(seed, dtype)
    assert problems(graph) == ()
    for comparison in compare_frames(graph, write_tflite(graph), random_frames(graph, seed, 4)):
        assert comparison.equal and len(comparison.tensors) == 3, comparison.differing


def test_a_real_model_reads_digits_as_litert_does() -> None:
    path = model_path("mnist_lstm_int8")
    graph = read_tflite(path)
    assert all(c.equal for c in compare_frames(graph, path.read_bytes(), random_frames(graph, 0, 5)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_parts_are_those_of_the_whole(dtype: str) -> None:
    graph = lstm(5, dtype)
    op, spec = graph.operators[0], SPECS["UNIDIRECTIONAL_SEQUENCE_LSTM"]
    frames = random_frames(graph, 0, 2)
    values = {**next(iter(reference_frames(graph, frames))), **frames[1]}
    made = run_operator(graph, op, values)
    regions = tuple(
        Region(Box.full(graph.tensors[t].shape), graph.tensors[t].array if graph.tensors[t].is_const else values[t])
        if t >= 0
        else None
        for t in op.inputs
    )
    rng = np.random.default_rng(0)
    for which in (0, 1, 2) * 3:
        shape = graph.tensors[op.outputs[which]].shape
        box = Box.of(*(tuple(sorted(rng.choice(n + 1, 2, replace=False).tolist())) for n in shape))
        writes = tuple(box if k == which else None for k in range(3))
        part = spec.compute(graph, op, writes, regions)[which]
        assert part is not None
        np.testing.assert_array_equal(part, made[op.outputs[which]][box.slices])


@pytest.mark.quick(1)
@needs_gcc
@pytest.mark.parametrize("dtype", DTYPES)
def test_c_gives_the_executors_bytes(dtype: str) -> None:
    for seed in range(3):
        plan = default_plan(lstm(seed, dtype))
        assert verify(plan) == ()
        assert_same_bytes(plan, frames=4)


def test_what_cannot_be_done_is_said() -> None:
    graph = lstm(1)
    op = graph.operators[0]
    named = {t.name: t.id for t in graph.tensors}

    def reasons(changed: Graph) -> str:
        return " ".join(found.reason for found in problems(changed))

    def tensor(name: str, **changes: object) -> Graph:
        tensors = list(graph.tensors)
        tensors[named[name]] = replace(tensors[named[name]], **changes)  # type: ignore[arg-type]
        return replace(graph, tensors=tuple(tensors))

    def changed(**changes: object) -> Graph:
        return replace(graph, operators=(replace(op, **changes),))  # type: ignore[arg-type]

    def attrs(**changes: object) -> Graph:
        return changed(attrs=MappingProxyType({**op.attrs, **changes}))

    assert "coupled gates" in reasons(changed(inputs=(op.inputs[0], -1, *op.inputs[2:])))
    assert "peepholes" in reasons(changed(inputs=(*op.inputs[:9], 1, *op.inputs[10:])))
    assert "expected" in reasons(changed(inputs=op.inputs[:12]))
    assert "no variables" in reasons(changed(outputs=op.outputs[:1]))
    assert "only TANH" in reasons(attrs(fused_activation_function="RELU"))
    assert "diagonals" in reasons(attrs(diagonal_recurrent_tensors=True))
    assert "cell_clip is nan" in reasons(attrs(cell_clip=float("nan")))
    assert "power of two" in reasons(tensor("cell", quant=Quant((0.001,), (0,))))
    assert "power of two" in reasons(tensor("cell", quant=Quant((2.0**-3,), (0,))))
    assert "too far apart" in reasons(tensor("w0", quant=Quant((1e11,), (0,))))
    assert "not [" in reasons(tensor("b0", shape=(1, graph.tensors[named["b0"]].elements)))
    assert "which is not int8" in reasons(tensor("between4", quant=Quant((0.01,), (1000,))))
    assert "without one scale" in reasons(tensor("r2", quant=None))
    assert problems(attrs(intermediates=(1 << 40,) * 5)) == ()
