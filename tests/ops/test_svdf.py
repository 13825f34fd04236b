"""SVDF against LiteRT, or TFLite Micro where only that runs it, frame by frame; in parts, and in C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.oracle import compare_frames
from mcu_lab.execution.reference import random_frames, reference_frames, run_operator
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.ops import SPECS, problems
from mcu_lab.ops.spec import Region
from mcu_lab.plan.verify import verify
from tests.conftest import model_path
from tests.firmware.cases import assert_same_bytes, default_plan, needs_gcc
from tests.graph.tflm import interpreter
from tests.ops.svdf_cases import svdf

KINDS = (("float32", "float32"), ("int8", "int16"), ("int8", "int8"))
FRAMES = 6


def tflm_frames(model: bytes, graph: Graph, frames: Sequence[Mapping[int, np.ndarray]]) -> Iterator[np.ndarray]:
    """The output of one run after the other."""
    tflm = interpreter(model, 1 << 20)
    for frame in frames:
        tflm.set_input(frame[graph.inputs[0]], 0)
        tflm.invoke()
        yield tflm.get_output(0)


@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind[1])
@pytest.mark.parametrize("seed", range(12))
def test_litert_gives_the_same(kind: tuple[str, str], seed: int) -> None:
    graph = svdf(seed, *kind)
    assert problems(graph) == ()
    for comparison in compare_frames(graph, write_tflite(graph), random_frames(graph, seed, FRAMES)):
        assert comparison.equal and {t.tensor for t in comparison.tensors} >= {4, 5}, comparison.differing


@pytest.mark.parametrize("seed", range(12))
def test_tflm_gives_the_same_for_a_memory_of_int8(seed: int) -> None:
    graph = svdf(seed, "int8", "int8")
    frames = random_frames(graph, seed, FRAMES)
    for theirs, ours in zip(
        tflm_frames(write_tflite(graph), graph, frames), reference_frames(graph, frames), strict=True
    ):
        np.testing.assert_array_equal(ours[5], theirs)


def test_a_keyword_spotter_hears_what_tflm_hears() -> None:
    path = model_path("keyword_scrambled_int8")
    graph = read_tflite(path)
    frames = random_frames(graph, 1, 20)
    for theirs, ours in zip(
        tflm_frames(path.read_bytes(), graph, frames), reference_frames(graph, frames), strict=True
    ):
        np.testing.assert_array_equal(ours[graph.outputs[0]], theirs)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[1])
def test_parts_are_those_of_the_whole(kind: tuple[str, str]) -> None:
    graph = svdf(4, *kind)
    op, spec = graph.operators[0], SPECS["SVDF"]
    frames = random_frames(graph, 0, 2)
    values = {**next(iter(reference_frames(graph, frames))), **frames[1]}
    whole = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    made = run_operator(graph, op, values)
    regions = tuple(
        Region(Box.full(t.shape), t.array if t.is_const else values[t.id])
        for t in (graph.tensors[i] for i in op.inputs)
    )
    rng = np.random.default_rng(0)
    for _ in range(10):
        boxes = tuple(
            Box.of(*(tuple(sorted(rng.choice(n + 1, 2, replace=False).tolist())) for n in box.shape)) for box in whole
        )
        writes = (boxes[0], None) if rng.random() < 0.5 else (None, boxes[1])
        for box, part, tensor in zip(writes, spec.compute(graph, op, writes, regions), op.outputs, strict=True):
            assert (box is None) == (part is None)
            if box is not None and part is not None:
                np.testing.assert_array_equal(part, made[tensor][box.slices])


@pytest.mark.quick(1)
@needs_gcc
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[1])
def test_c_gives_the_executors_bytes(kind: tuple[str, str]) -> None:
    for seed in range(3):
        plan = default_plan(svdf(seed, *kind))
        assert verify(plan) == ()
        assert_same_bytes(plan, frames=4)


def test_what_cannot_be_done_is_said() -> None:
    graph = svdf(0)
    op = graph.operators[0]

    def reasons(changed: Graph) -> str:
        return " ".join(found.reason for found in problems(changed))

    def tensor(number: int, **changes: object) -> Graph:
        tensors = list(graph.tensors)
        tensors[number] = replace(tensors[number], **changes)  # type: ignore[arg-type]
        return replace(graph, tensors=tuple(tensors))

    def attrs(**changes: int) -> Graph:
        return replace(graph, operators=(replace(op, attrs=MappingProxyType({**op.attrs, **changes})),))

    for rank in (0, -1, 1 << 40):
        assert "the rank is" in reasons(attrs(rank=rank))
    assert "no variable" in reasons(replace(graph, operators=(replace(op, outputs=(5,)),)))
    assert "without one scale" in reasons(tensor(4, quant=None))
    assert "zero point 3" in reasons(tensor(4, quant=replace(graph.tensors[4].quant, zero_points=(3,))))  # type: ignore[type-var]
    assert "the memory is" in reasons(tensor(4, shape=(1, 1)))
    assert "2**30" in reasons(tensor(5, quant=replace(graph.tensors[5].quant, scales=(1e-12,))))  # type: ignore[type-var]
    assert "inputs" in reasons(replace(graph, operators=(replace(op, inputs=op.inputs[:4]),)))
