"""Any part of an output, from just what it needs, has the bytes of the whole."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from mcu_lab.errors import UnsupportedError
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import ReadBoxes, Region
from tests.ops.one_operator import CASES, FOLDED, GEOMETRIES

PARTS = 12


def _kind(params: Mapping[str, Any]) -> tuple[str, str]:
    """Of each kind and dtype one case is quick."""
    graph = FOLDED.get(params["case"]) or CASES[params["case"]]
    return graph.operators[-1].kind, graph.tensors[graph.inputs[0]].dtype


def _values(graph: Graph, tensor: int, inputs: dict[int, np.ndarray]) -> np.ndarray:
    return graph.tensors[tensor].array if graph.tensors[tensor].is_const else inputs[tensor]


def _regions(graph: Graph, op: Operator, boxes: ReadBoxes, inputs: dict[int, np.ndarray]) -> tuple[Region | None, ...]:
    """Regions that hold exactly ``boxes``."""
    return tuple(
        Region(box, _values(graph, t, inputs)[box.slices].copy()) if box is not None else None
        for t, box in zip(op.inputs, boxes, strict=True)
    )


def _random_interval(rng: np.random.Generator, extent: int) -> Interval:
    lo = int(rng.integers(0, extent))
    return Interval(lo, int(rng.integers(lo + 1, extent + 1)))


def _random_box(rng: np.random.Generator, shape: tuple[int, ...]) -> Box:
    return Box(tuple(_random_interval(rng, n) for n in shape))


@pytest.mark.quick(each=_kind)
@pytest.mark.parametrize("case", CASES)
def test_a_box_from_what_it_needs_equals_that_part_of_the_whole(case: str) -> None:
    graph = CASES[case]
    op, rng = graph.operators[0], np.random.default_rng(0)
    spec, inputs = spec_of(op), random_inputs(graph, 0)
    whole = run_reference(graph, inputs)[op.outputs[0]]
    for _ in range(PARTS):
        box = _random_box(rng, whole.shape)
        regions = _regions(graph, op, spec.needs(graph, op, (box,), None), inputs)
        (part,) = spec.compute(graph, op, (box,), regions)
        assert part is not None and part.dtype == whole.dtype
        np.testing.assert_array_equal(part, whole[box.slices], err_msg=str(box))


@pytest.mark.quick(each=_kind)
@pytest.mark.parametrize("case", FOLDED)
def test_a_convolution_needs_nothing_of_a_border(case: str) -> None:
    graph = FOLDED[case]
    pad, op = graph.operators
    spec, rng = spec_of(op), np.random.default_rng(0)
    inputs = random_inputs(graph, 0)
    literal = run_reference(graph, inputs)
    garbage = random_inputs(dataclasses.replace(graph, inputs=(pad.outputs[0],)), 1)[pad.outputs[0]]
    (alias,) = spec_of(pad).aliases(graph, pad)
    alias.view(garbage)[...] = inputs[pad.inputs[0]]
    inside = alias.view(np.arange(garbage.size).reshape(garbage.shape))
    interior = Box.of(*((int(c.min()), int(c.max()) + 1) for c in np.unravel_index(inside, garbage.shape)))
    values = {pad.outputs[0]: garbage}
    whole = literal[op.outputs[0]]
    for _ in range(PARTS):
        box = _random_box(rng, whole.shape)
        needed = spec.needs(graph, op, (box,), None)
        assert needed[0] is None or needed[0] in interior
        (part,) = spec.compute(graph, op, (box,), _regions(graph, op, needed, values))
        np.testing.assert_array_equal(part, whole[box.slices], err_msg=str(box))
        more = (Box.full(garbage.shape), *needed[1:])  # a region may hold more than is needed
        (part,) = spec.compute(graph, op, (box,), _regions(graph, op, more, values))
        np.testing.assert_array_equal(part, whole[box.slices], err_msg=str(box))


@pytest.mark.quick(each=_kind)
@pytest.mark.parametrize("case", [c for c in CASES if spec_of(CASES[c].operators[0]).accumulate])
def test_slices_of_the_input_add_up(case: str) -> None:
    graph = CASES[case]
    op, rng = graph.operators[0], np.random.default_rng(0)
    spec, inputs = spec_of(op), random_inputs(graph, 0)
    assert spec.accumulate and spec.finish
    whole = run_reference(graph, inputs)[op.outputs[0]]
    axis = spec.reduce_axis(graph, op)
    if axis is None:
        unsummed = graph.tensors[op.inputs[0]].dtype not in ("int8", "uint8", "int16")
        assert unsummed or op.kind in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "AVERAGE_POOL_2D") or "groups" in case
        if unsummed:
            needed = _regions(graph, op, spec.needs(graph, op, (Box.full(whole.shape),), None), inputs)
            with pytest.raises(UnsupportedError):
                spec.accumulate(graph, op, Box.full(whole.shape), needed, Interval(0, 1))
        return
    depth = graph.tensors[op.inputs[0]].shape[axis]
    for _ in range(PARTS):
        box = _random_box(rng, whole.shape)
        cuts = sorted({0, depth, *(int(c) for c in rng.integers(0, depth, 2))})
        slices = [Interval(lo, hi) for lo, hi in itertools.pairwise(cuts)]
        sums: np.ndarray | None = None
        for part in slices:
            needs = spec.needs(graph, op, (box,), part)
            assert needs[0] is not None and needs[0] in Box.full(graph.tensors[op.inputs[0]].shape)
            if axis < len(needs[0]):
                assert needs[0][axis] == part
            regions = _regions(graph, op, needs, inputs)
            added = spec.accumulate(graph, op, box, regions, part)
            assert added.dtype == np.int32 and added.shape == box.shape
            sums = added if sums is None else spec.join(sums, added)
            has_bias = len(op.inputs) > 2
            assert not has_bias or (needs[2] is not None) == (part.hi == depth)
        assert sums is not None
        np.testing.assert_array_equal(spec.finish(graph, op, box, sums, regions), whole[box.slices], err_msg=str(box))
        assert sum(spec.macs(graph, op, (box,), s) for s in slices) == spec.macs(graph, op, (box,), None)


@pytest.mark.quick(each=_kind)
@pytest.mark.parametrize("case", CASES)
def test_nothing_outside_the_needed_boxes_matters(case: str) -> None:
    graph = CASES[case]
    op, rng = graph.operators[0], np.random.default_rng(0)
    spec, inputs = spec_of(op), random_inputs(graph, 0)
    x = op.inputs[spec.data_slot]
    whole = run_reference(graph, inputs)[op.outputs[0]]
    for _ in range(PARTS):
        box = _random_box(rng, whole.shape)
        needed = spec.needs(graph, op, (box,), None)[spec.data_slot]
        if needed is None:  # between the windows of a TRANSPOSE_CONV
            assert spec.macs(graph, op, (box,), None) == 0
            continue
        assert needed in Box.full(graph.tensors[x].shape)
        other = random_inputs(graph, 1)[x]
        other[needed.slices] = inputs[x][needed.slices]
        changed = run_reference(graph, {x: other})[op.outputs[0]]
        np.testing.assert_array_equal(changed[box.slices], whole[box.slices], err_msg=str(box))


@pytest.mark.quick(20)
@pytest.mark.parametrize("case", GEOMETRIES)
def test_every_face_of_the_needed_box_matters(case: str) -> None:
    """No smaller box would do: each outermost layer along each axis changes the part."""
    graph = GEOMETRIES[case]
    op, rng = graph.operators[0], np.random.default_rng(0)
    spec = spec_of(op)
    x, y = op.inputs[spec.data_slot], op.outputs[0]
    inputs = random_inputs(graph, 0)
    whole = run_reference(graph, inputs)[y]
    for _ in range(PARTS // 2):
        box = _random_box(rng, graph.tensors[y].shape)
        needed = spec.needs(graph, op, (box,), None)[spec.data_slot]
        for axis, interval in enumerate(needed or ()):
            for face in {Interval(interval.lo, interval.lo + 1), Interval(interval.hi - 1, interval.hi)}:
                perturbed = inputs[x].copy()
                assert needed is not None
                perturbed[needed.replaced(axis, face).slices] += 1000
                changed = run_reference(graph, {x: perturbed})[y]
                assert (changed != whole)[box.slices].any(), f"{box} needs {needed}, but not {face} on axis {axis}"
