"""Zero-copy inside rings: a PAD shifts the phase, a RESHAPE lays a ring of rows flat; nothing moves, in every judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.plan.address import is_zero_copy
from mcu_lab.plan.model import Compute, Plan, Ring
from mcu_lab.plan.verify import verify
from tests.firmware.cases import assert_same_bytes, needs_gcc
from tests.plan.judge import Judge
from tests.plan.ring_aliases import KERNEL, Rings, graph, row_by_row

RINGS = [Rings(), Rings((KERNEL, 1), (2, 0)), Rings((4, 2), (1, 1)), Rings((5, 3), (4, 2)), Rings((8, 11), (3, 10))]


def renaming(plan: Plan) -> list[Compute]:
    kinds = ("PAD", "RESHAPE")
    return [s for s in plan.steps if isinstance(s, Compute) and plan.graph.operators[s.op].kind in kinds]


@pytest.mark.parametrize("rings", RINGS)
def test_names_change_and_nothing_moves(rings: Rings) -> None:
    plan = row_by_row(rings)
    assert verify(plan) == ()
    assert Judge.of(plan.graph).difference(plan, on_the_way=True) == ""
    assert len(renaming(plan)) == 8 + 11
    assert all(is_zero_copy(plan.graph, step) for step in renaming(plan))


def test_a_ring_too_short_for_the_window_is_refused() -> None:
    assert verify(row_by_row(Rings((KERNEL - 1, 1)))) != ()


@pytest.mark.parametrize("kind", ["PAD", "RESHAPE"])
def test_the_wrong_phase_moves_and_is_refused(kind: str) -> None:
    plan = row_by_row(Rings())
    step = [s for s in renaming(plan) if plan.graph.operators[s.op].kind == kind][4]
    write = step.writes[0]
    assert write and write.ring
    turned = replace(write, ring=Ring(1, write.ring.rows, (write.ring.phase + 1) % write.ring.rows))
    moved = replace(step, writes=(turned,))
    assert not is_zero_copy(plan.graph, moved)
    assert verify(replace(plan, steps=tuple(moved if s is step else s for s in plan.steps))) != ()


@pytest.mark.quick(1)
@needs_gcc
@pytest.mark.parametrize("rings", [RINGS[0], RINGS[2], RINGS[3]])
def test_the_c_takes_a_ring_apart_value_by_value(rings: Rings) -> None:
    assert_same_bytes(row_by_row(rings))


def test_the_example_is_what_it_says() -> None:
    kinds = [op.kind for op in graph().operators]
    assert kinds == ["CONV_2D", "PAD", "CONV_2D", "RESHAPE", "FULLY_CONNECTED"]
