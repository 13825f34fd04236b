"""Parts of outputs: same bytes from just what is needed; no more is needed, and no less."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import SPECS, spec_of
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes
from tests.conftest import model_path
from tests.ops.element_cases import CASES, inputs_for, kind_of

PARTS = 10
#: Quantized, these hardly change with any one element; in float32 they have the same region rule.
INSENSITIVE = (
    *(f"{kind} {dtype}" for kind in ("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION") for dtype in ("int8", "uint8")),
    "SELECT by a constant", "SELECT along the only axis",  # which of the two is read, constants say
)  # fmt: skip
#: A bool, or a place, is seldom another for one element that is.
DRAWS_INSIDE, DRAWS_OUTSIDE = 100, 12


def random_box(rng: np.random.Generator, shape: tuple[int, ...]) -> Box:
    lows = [int(rng.integers(0, n)) for n in shape]
    return Box(tuple(Interval(lo, int(rng.integers(lo + 1, n + 1))) for lo, n in zip(lows, shape, strict=True)))


def random_writes(rng: np.random.Generator, graph: Graph, outputs: tuple[int, ...]) -> WriteBoxes:
    """A box of each output; of several outputs, at least one."""
    written = rng.permutation(len(outputs))[: int(rng.integers(1, len(outputs) + 1))]
    return tuple(random_box(rng, graph.tensors[t].shape) if k in written else None for k, t in enumerate(outputs))


def exact_regions(
    graph: Graph, inputs: tuple[int, ...], boxes: ReadBoxes, values: dict[int, np.ndarray]
) -> tuple[Region | None, ...]:
    return tuple(
        Region(box, np.asarray(_value(graph, t, values)[(*box.slices, ...)]).copy()) if box is not None else None
        for t, box in zip(inputs, boxes, strict=True)
    )


def _value(graph: Graph, tensor: int, values: dict[int, np.ndarray]) -> np.ndarray:
    return graph.tensors[tensor].array if graph.tensors[tensor].is_const else values[tensor]


def check_parts(graph: Graph, op_id: int, values: dict[int, np.ndarray], parts: int) -> None:
    """``values`` holds the operator's inputs and its whole outputs."""
    op, rng = graph.operators[op_id], np.random.default_rng(op_id)
    spec = spec_of(op)
    for _ in range(parts):
        writes = random_writes(rng, graph, op.outputs)
        needed = spec.needs(graph, op, writes, None)
        assert len(needed) == len(op.inputs)
        made = spec.compute(graph, op, writes, exact_regions(graph, op.inputs, needed, values))
        for t, box, part in zip(op.outputs, writes, made, strict=True):
            if box is None:
                continue
            assert part is not None and part.dtype == np.dtype(graph.tensors[t].dtype)
            np.testing.assert_array_equal(part, values[t][(*box.slices, ...)], err_msg=f"{op} {box}")


@pytest.mark.quick(each=kind_of)
@pytest.mark.parametrize("case", CASES)
def test_a_box_from_what_it_needs_equals_that_part_of_the_whole(case: str) -> None:
    graph = CASES[case]
    inputs = inputs_for(graph, 0)
    check_parts(graph, 0, {**inputs, **run_reference(graph, inputs)}, PARTS)


@pytest.mark.parametrize(
    "name",
    ["rnnoise_int8", "mcunet_person_det_int8", "yolo_face_int8", "swiftnet_cell_vww_uint8", "mlperf_ic_resnet8_float"],
)
def test_a_box_of_a_real_tensor_equals_that_part_of_the_whole(name: str) -> None:
    graph = read_tflite(model_path(name))
    inputs = random_inputs(graph, 3)
    values = {**inputs, **run_reference(graph, inputs)}
    kinds = {g.operators[0].kind for g in CASES.values()}
    chosen = [op.id for op in graph.operators if op.kind in kinds]
    assert chosen
    for op_id in chosen:
        check_parts(graph, op_id, values, 2)


def _faces(box: Box) -> Iterator[Box]:
    for axis, interval in enumerate(box):
        yield box.replaced(axis, Interval(interval.lo, interval.lo + 1))
        yield box.replaced(axis, Interval(interval.hi - 1, interval.hi))


@pytest.mark.quick(each=kind_of)
@pytest.mark.parametrize("case", [c for c, g in CASES.items() if g.inputs and not c.startswith(INSENSITIVE)])
def test_only_the_needed_boxes_matter_and_all_their_faces_do(case: str) -> None:
    """Outside of them any change of the inputs leaves the part alone; each outermost layer can change it."""
    graph = CASES[case]
    op, rng, draws = graph.operators[0], np.random.default_rng(1), Draws(graph)
    spec = spec_of(op)
    for _ in range(PARTS // 2):
        writes = random_writes(rng, graph, op.outputs)
        needed = spec.needs(graph, op, writes, None)
        for slot, box in enumerate(needed):
            t = op.inputs[slot]
            if graph.tensors[t].is_const:
                continue
            assert box is None or box in Box.full(graph.tensors[t].shape)
            assert not _matters(draws, writes, t, box, inside=False)
            if box is not None:
                faces = set(_faces(box))
                assert all(_matters(draws, writes, t, face, inside=True) for face in faces), f"{writes} {box}"


class Draws:
    """Inputs of a graph, and what they give: the same ones are asked for by every box."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.inputs = cache(lambda seed: inputs_for(graph, seed))
        self.outputs = cache(lambda seed: run_reference(graph, self.inputs(seed)))


def _matters(draws: Draws, writes: WriteBoxes, tensor: int, box: Box | None, *, inside: bool) -> bool:
    """Whether drawing the input anew inside (or outside) of a box changes what is written, in one of several draws."""
    graph, op = draws.graph, draws.graph.operators[0]
    for seed in range(DRAWS_INSIDE if inside else DRAWS_OUTSIDE):
        inputs, fresh = draws.inputs(seed), draws.inputs(seed + 1000)
        changed = inputs[tensor].copy() if inside else fresh[tensor].copy()
        if box is not None:
            index = (*box.slices, ...)
            changed[index] = (fresh if inside else inputs)[tensor][index]
        before, after = draws.outputs(seed), run_reference(graph, {**inputs, tensor: changed})
        for t, written in zip(op.outputs, writes, strict=True):
            if written is None:
                continue
            index = (*written.slices, ...)
            if not np.array_equal(before[t][index], after[t][index], equal_nan=True):
                return True
    return False


def test_a_write_of_nothing_needs_nothing() -> None:
    for case, graph in CASES.items():
        op = graph.operators[0]
        needed = spec_of(op).needs(graph, op, tuple(None for _ in op.outputs), None)
        assert all(box is None for box in needed), case


@pytest.mark.quick(each=kind_of)
@pytest.mark.parametrize("case", CASES)
def test_in_place_slots_can_be_taken_over_element_by_element(case: str) -> None:
    """What the slot promises: same shape and element size, and each output element needs just its own of the input."""
    graph = CASES[case]
    op = graph.operators[0]
    out = graph.tensors[op.outputs[0]]
    for slot in spec_of(op).in_place(graph, op):
        x = graph.tensors[op.inputs[slot]]
        assert not x.is_const and x.shape == out.shape and x.element_bytes == out.element_bytes
        box = random_box(np.random.default_rng(0), out.shape)
        assert SPECS[op.kind].needs(graph, op, (box,), None)[slot] == box
