"""Which forms of Views kernels follow: verify refuses all others, and the exporter too, for the same reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.errors import PlanError
from mcu_lab.firmware.layout import banks
from mcu_lab.firmware.rows import rows_of
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Quant
from mcu_lab.ops import SPECS
from mcu_lab.ops.spec import ANY_FORM
from mcu_lab.plan.model import Compute, Plan, Ring, View
from mcu_lab.plan.verify import ProblemCode, verify
from mcu_lab.plan.verify.forms import unfollowed
from tests.firmware.cases import default_plan
from tests.plan import tiny

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D", "SOFTMAX", "ADD", "FULLY_CONNECTED")


def kinds() -> Graph:
    """One operator of each kind, of which all inputs and outputs have four axes or two."""
    net = tiny.Net((1, 6, 6, 4))
    x = net.add(net.conv(net.input, 4), net.depthwise(net.input))
    y = net.unary("SOFTMAX", net.average_pool(net.max_pool(x, 3), 2), Quant((1 / 256,), (-128,)))
    return net.graph(net.fully_connected(net.reshape(y, (1, 36)), 3))


def step_of(plan: Plan, kind: str) -> Compute:
    found = [s for s in plan.steps if isinstance(s, Compute) and plan.graph.operators[s.op].kind == kind]
    return found[0]


def halves(view: View, axis: int) -> tuple[View, ...]:
    lo, hi = view.box[axis].lo, view.box[axis].hi
    middle = (lo + hi) // 2
    return tuple(replace(view, box=view.box.replaced(axis, i)) for i in (Interval(lo, middle), Interval(middle, hi)))


def turned(view: View, axis: int) -> View:
    return replace(view, ring=Ring(axis, len(view.box[axis]), 1))


def refused(plan: Plan, step: Compute) -> bool:
    return bool(tuple(unfollowed(plan.graph, step)))


@pytest.mark.parametrize("kind", KINDS)
def test_along_these_axes_an_input_is_split_or_turns(kind: str) -> None:
    plan = default_plan(kinds())
    step = step_of(plan, kind)
    forms = SPECS[kind].forms
    assert not refused(plan, step)
    for slot, (view,) in enumerate(step.reads):
        for axis in (a for a, i in enumerate(view.box) if len(i) > 1):
            follows = axis in forms.input(slot).axes(len(view.box))
            for views in (halves(view, axis), (turned(view, axis),)):
                changed = replace(step, reads=(*step.reads[:slot], views, *step.reads[slot + 1 :]))
                assert refused(plan, changed) is not follows


@pytest.mark.parametrize("kind", KINDS)
def test_along_these_axes_an_output_turns(kind: str) -> None:
    plan = default_plan(kinds())
    step = step_of(plan, kind)
    (write,) = step.writes
    assert write
    for axis in (a for a, i in enumerate(write.box) if len(i) > 1):
        changed = replace(step, writes=(turned(write, axis),))
        assert refused(plan, changed) is (axis not in SPECS[kind].forms.outputs.axes(len(write.box)))


def test_a_ring_in_which_the_box_does_not_turn_is_none() -> None:
    plan = default_plan(kinds())
    step = step_of(plan, "CONV_2D")
    weights = step.reads[1][0]
    still = replace(weights, ring=Ring(1, 7, 2), origin=weights.origin - 2 * weights.strides[1])
    changed = replace(step, reads=(step.reads[0], (still,), step.reads[2]))
    plan = replace(plan, steps=tuple(changed if s is step else s for s in plan.steps))
    assert verify(plan) == ()
    assert all(view.ring_axis is None for row in rows_of(plan, banks(plan)) for slot in row.slots for view in slot)


def test_the_exporter_says_what_verify_says() -> None:
    plan = default_plan(kinds())
    step = step_of(plan, "CONV_2D")
    changed = replace(step, reads=(halves(step.reads[0][0], 3), *step.reads[1:]))
    plan = replace(plan, steps=tuple(changed if s is step else s for s in plan.steps))
    (problem,) = verify(plan)
    assert problem.code is ProblemCode.UNFOLLOWED
    with pytest.raises(PlanError) as error:
        rows_of(plan, banks(plan))
    assert error.value.what == problem.message


def test_operators_that_only_python_runs_say_nothing_of_forms() -> None:
    assert all(spec.forms is ANY_FORM for spec in SPECS.values() if spec.c_kernel is None)
