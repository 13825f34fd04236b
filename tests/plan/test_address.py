"""Addresses: every function against the definition of a View, element by element."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.box import Box, Interval
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.address import (
    Layout,
    affine_layout,
    affine_pieces,
    byte_span,
    dense_strides,
    dense_view,
    element_indices,
    element_span,
    is_dense,
    is_zero_copy,
    layout_indices,
    packed_view,
)
from mcu_lab.plan.model import Compute, Plan, Ring, View
from tests.lowering.nets import Net


def defined(view: View) -> list[int]:
    """Element numbers in row-major order of the box, straight from the docstring of View."""
    found = []
    for c in product(*(range(i.lo, i.hi) for i in view.box)):
        ring = view.ring
        turned = [(x + ring.phase) % ring.rows if ring and ring.axis == a else x for a, x in enumerate(c)]
        found.append(view.origin + sum(s * x for s, x in zip(view.strides, turned, strict=True)))
    return found


@st.composite
def views(draw: st.DrawFn) -> View:
    rank = draw(st.integers(0, 4))
    intervals = []
    for _ in range(rank):
        lo = draw(st.integers(0, 6))
        intervals.append(Interval(lo, lo + draw(st.integers(0, 5))))
    strides = tuple(draw(st.integers(-20, 20)) for _ in range(rank))
    ring = None
    if rank and draw(st.booleans()):
        rows = draw(st.integers(1, 6))
        ring = Ring(draw(st.integers(0, rank - 1)), rows, draw(st.integers(0, rows - 1)))
    return View("b", 0, Box(tuple(intervals)), draw(st.integers(-50, 50)), strides, ring)


@given(views())
def test_element_indices_follow_the_definition(view: View) -> None:
    numbers = element_indices(view)
    assert numbers.shape == view.box.shape
    assert numbers.reshape(-1).tolist() == defined(view)


@given(views())
def test_span_is_the_hull_of_the_elements(view: View) -> None:
    numbers = defined(view)
    span = element_span(view)
    if not numbers:
        assert len(span) == 0
    elif view.ring is None:
        assert (span.lo, span.hi) == (min(numbers), max(numbers) + 1)
    else:
        assert span.lo <= min(numbers) and max(numbers) < span.hi
    assert byte_span(view, 4) == Interval(4 * span.lo, 4 * span.hi)


@given(views())
def test_pieces_of_a_ring_together_are_the_view(view: View) -> None:
    pieces = affine_pieces(view)
    assert all(piece.ring is None for piece in pieces)
    assert sum(piece.box.size for piece in pieces) == view.box.size
    whole = element_indices(view)
    for piece in pieces:
        if piece.box.size:
            assert np.array_equal(whole[piece.box.within(view.box)], element_indices(piece))


@given(views())
def test_dense_means_consecutive(view: View) -> None:
    numbers = defined(view)
    if is_dense(view) and numbers:
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@given(st.lists(st.integers(1, 4), max_size=4), st.data())
def test_layout_of_affine_numbers_is_found(shape: list[int], data: st.DataObject) -> None:
    layout = Layout(data.draw(st.integers(0, 9)), tuple(data.draw(st.integers(-9, 9)) for _ in shape))
    numbers = layout_indices(layout, shape)
    found = affine_layout(numbers)
    assert found is not None
    assert np.array_equal(layout_indices(found, shape), numbers)


def test_numbers_that_no_strides_give_have_no_layout() -> None:
    assert affine_layout(np.array([0, 1, 3])) is None
    halves = np.arange(24).reshape(2, 3, 4)[:, :, :2]
    assert affine_layout(halves) == Layout(0, (12, 4, 1))
    assert affine_layout(halves.reshape(12)) is None


def test_dense_and_packed_views() -> None:
    shape, box = (2, 3, 4), Box.of((0, 2), (1, 3), (0, 4))
    whole = np.arange(24).reshape(shape)
    assert dense_strides(shape) == (12, 4, 1)
    assert np.array_equal(element_indices(dense_view("b", 0, shape)), whole)
    assert np.array_equal(element_indices(dense_view("b", 0, shape, box)), whole[box.slices])
    packed = packed_view("b", 0, box, start=5)
    assert element_indices(packed).reshape(-1).tolist() == list(range(5, 5 + box.size))
    assert is_dense(packed) and not is_dense(replace(packed, ring=Ring(1, 2)))


def test_zero_copy_is_seen_in_the_addresses_not_in_the_decision() -> None:
    net = Net()
    x = net.input(4, 6)
    left, right = net.split(net.add(x, x), 2, axis=1)
    y = net.concatenation([net.add(left, right), net.add(right, left)], axis=0)
    graph = net.graph(net.add(y, y))
    default = default_schedule(graph)

    def free(plan: Plan) -> list[int]:
        return [s.op for s in plan.steps if isinstance(s, Compute) and is_zero_copy(graph, s)]

    assert free(lower(graph, default, ad_hoc())) == []
    assert free(lower(graph, replace(default, alias=(1, 4)), ad_hoc())) == [1, 4]
    shared = lower(graph, replace(default, alias=(4,)), ad_hoc())
    step = shared.steps[4]
    assert isinstance(step, Compute) and step.writes[0]
    shifted = replace(step, writes=(replace(step.writes[0], origin=step.writes[0].origin + 1),))
    assert is_zero_copy(graph, step) and not is_zero_copy(graph, shifted)
