"""Plans by hand in forms that no lowering makes: each is accepted, and its C gives the executor's bytes.

Where a form is for all that lies in a buffer, all Views there are changed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.address import dense_strides
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Step, View, Wait
from mcu_lab.plan.verify import verify
from tests.conftest import FULL
from tests.firmware.cases import default_plan, needs_clang, needs_gcc
from tests.firmware.together import Case, differences
from tests.plan import tiny
from tests.plan.partial_plans import with_external_memory
from tests.plan.rewriting import computes, numbered, with_buffer, with_views
from tests.plan.test_verify_forms import halves, turned


def elementwise() -> Graph:
    """What works element by element, or only moves elements, at ranks 2, 4 and 5."""
    net = tiny.Net((1, 4, 4, 4), seed=3)
    x = net.add(net.relu(net.input), net.mul(net.input, net.input))
    y = net.concatenation((net.sub(x, net.input), x))
    z = net.resize(y, 8, 8)
    deep = net.relu(net.reshape(net.relu(y), (1, 2, 2, 4, 8)))
    flat = net.relu(net.reshape(deep, (16, 8)))
    halves = net.split(x, 2)
    return net.graph(net.mean(z, 1, 2), flat, halves[1], net.fully_connected(net.reshape(x, (4, 16)), 5))


def buffers(plan: Plan) -> list[Buffer]:
    return [b for b in plan.buffers if b.memory == plan.device.arena and b.form is Form.PLAIN]


def in_buffer(plan: Plan, name: str, change: Callable[[View], View]) -> Plan:
    return with_views(plan, lambda v: change(v) if v.buffer == name else v)


def turned_throughout(axis: int) -> Iterator[Plan]:
    """One buffer at a time is a ring as long as its tensor, of which the last element lies first."""
    plan = default_plan(elementwise())
    for buffer in buffers(plan):
        rank = len(buffer.shape)
        if axis < rank and buffer.shape[axis] > 1:
            yield in_buffer(plan, buffer.id, partial(turned, axis=axis))


def backwards() -> Iterator[Plan]:
    """One buffer at a time runs from its end to its beginning."""
    for plan in (default_plan(elementwise()), default_plan(tiny.chain())):
        for buffer in buffers(plan):
            size = plan.graph.tensors[next(v.tensor for v in views(plan) if v.buffer == buffer.id)].element_bytes
            yield in_buffer(plan, buffer.id, partial(reversed_from, last=buffer.bytes // size - 1))


def reversed_from(view: View, last: int) -> View:
    return replace(view, origin=last - view.origin, strides=tuple(-s for s in view.strides))


def views(plan: Plan) -> list[View]:
    return [*plan.at_start, *plan.at_end, *(v for s in computes(plan) for v in s.writes if v)]


def spare(plan: Plan, view: View, name: str, memory: str = "") -> tuple[Plan, View]:
    """A buffer more for the tensor of a View, and the View there."""
    tensor, memory = plan.graph.tensors[view.tensor], memory or plan.device.arena
    end = max((b.end for b in plan.buffers if b.memory == memory), default=0)
    buffer = Buffer(name, memory, tensor.bytes, 16, -(-end // 16) * 16, tensor.shape, tensor.dtype)
    return with_buffer(plan, buffer), replace(view, buffer=name, origin=0, strides=dense_strides(tensor.shape))


def split_ends() -> Iterator[Plan]:
    plan = default_plan(tiny.chain())
    for at, view in enumerate(plan.at_start):
        for axis in (a for a, i in enumerate(view.box) if len(i) > 1):
            yield replace(plan, at_start=(*plan.at_start[:at], *halves(view, axis), *plan.at_start[at + 1 :]))
    (end,) = plan.at_end
    yield replace(plan, at_end=halves(end, 1))
    yield replace(plan, at_end=(end, halves(end, 1)[0]))


def starts_in_the_arena() -> Iterator[Plan]:
    """Constants and inputs that lie in writable memory, too: once, twice, in part, turned."""
    plan = default_plan(tiny.chain())
    for view in plan.at_start:
        more, first = spare(plan, view, "first")
        yield replace(more, at_start=(*more.at_start, first))
        more, second = spare(more, view, "second")
        yield replace(more, at_start=(*more.at_start, first, second))
        axis = len(view.box) - 1
        yield replace(more, at_start=(*more.at_start, turned(first, axis), *halves(second, axis)[1:]))


def turned_operands() -> Iterator[Plan]:
    """Weights and bias of FULLY_CONNECTED are copied to where they turn, or read in two parts."""
    plan = default_plan(tiny.chain())
    step = computes(plan)[-1]
    for slot in (1, 2):
        (view,) = step.reads[slot]
        for axis in range(len(view.box)):
            more, dense = spare(plan, view, "turned")
            there = turned(dense, axis)
            for parts in ((there,), halves(there, axis)):
                read = replace(step, reads=(*step.reads[:slot], parts, *step.reads[slot + 1 :]))
                yield numbered(more, [*more.steps[:-1], Copy(-1, view, there), read])


def far_strides() -> Iterator[Plan]:
    """Rows are read one by one, with a stride along them that leads anywhere."""
    plan = default_plan(tiny.chain())
    step = computes(plan)[1]
    (view,) = step.reads[0]
    for far in (1 << 31, 1 << 40, -(1 << 33)):
        rows = tuple(
            replace(
                view,
                box=view.box.replaced(1, Interval(i, i + 1)),
                strides=(view.strides[0], far, *view.strides[2:]),
                origin=view.origin + i * (view.strides[1] - far),
            )
            for i in range(view.box[1].hi)
        )
        read = replace(step, reads=(rows, *step.reads[1:]))
        yield replace(plan, steps=(plan.steps[0], read, *plan.steps[2:]))


def gaps_in_transfers() -> Iterator[Plan]:
    """An activation goes to a memory out of reach and comes back, where it lies with gaps, or turned."""
    graph = tiny.chain()
    plan = lower(graph, default_schedule(graph), with_external_memory(ad_hoc()))
    first, second = computes(plan)[:2]
    (made,) = (v for v in first.writes if v)
    more, there = spare(plan, made, "there", "external")
    more, back = spare(more, made, "back")
    rows = with_buffer(more, replace(more.buffer["there"], bytes=2 * more.buffer["there"].bytes))
    apart = replace(there, strides=tuple(2 * s for s in there.strides))
    for base, away in ((more, there), (more, turned(there, 3)), (rows, apart)):
        read = replace(second, reads=((back,), *second.reads[1:]))
        for blocking in (True, False):
            copies: list[Step] = [
                Copy(-1, made, away, blocking),
                Wait(-2, -1),
                Copy(-3, away, back, blocking),
                Wait(-4, -3),
            ]
            kept = [s for s in copies if not blocking or isinstance(s, Copy)]
            yield numbered(base, [first, *kept, read, *base.steps[2:]])


def unused_inputs() -> Iterator[Plan]:
    graph = elementwise()
    beside = tiny.Net((1, 3)).graph(0).tensors[0]
    more = replace(graph, tensors=(*graph.tensors, replace(beside, id=len(graph.tensors))))
    plan = default_plan(replace(more, inputs=(*graph.inputs, len(graph.tensors))))
    yield plan
    yield replace(plan, at_start=tuple(v for v in plan.at_start if v.tensor != len(graph.tensors)))


def odd_ends() -> Iterator[Plan]:
    """More inputs and outputs than a byte counts; outputs that are inputs or constants, or named twice; no inputs; a
    streamed scalar.
    """
    net = tiny.Net((1, 1, 1, 300))
    values = net._constant(net._rng.integers(-9, 9, (1, 2)).astype("int8"))
    made = net.relu(net.input)
    parts = net.split(made, 300)
    yield default_plan(net.graph(*parts, net.concatenation(parts[::-1]), net.input, values, made, made))
    alone = tiny.Net((1, 2))
    constant = alone._constant(alone._rng.integers(-9, 9, (1, 2)).astype("int8"), alone._tensors[0].quant)
    yield default_plan(replace(alone.graph(alone.relu(constant)), inputs=()))
    scalar = tiny.Net(())
    graph = scalar.graph(scalar.relu(scalar.input))
    yield lower(graph, replace(default_schedule(graph), inputs="streamed"), ad_hoc())


FORMS: tuple[Callable[[], Iterator[Plan]], ...] = (
    lambda: turned_throughout(0), lambda: turned_throughout(1), lambda: turned_throughout(2),
    lambda: turned_throughout(3), lambda: turned_throughout(4), backwards, split_ends, starts_in_the_arena,
    turned_operands, far_strides, gaps_in_transfers, unused_inputs, odd_ends,
)  # fmt: skip


def test_plans_in_any_form_are_accepted() -> None:
    assert all(verify(plan) == () for form in FORMS for plan in form())


@needs_gcc
@needs_clang
@pytest.mark.slow
def test_c_follows_any_form() -> None:
    cases = [Case.of(plan) for form in FORMS for plan in form()]
    assert len(cases) > 80
    assert differences(cases, ("native",)) == {}
    assert differences(cases if FULL else cases[::3], ("native-clang",)) == {}


def test_a_step_reads_what_it_needs_from_parts_of_any_kind() -> None:
    """Of an elementwise operator, along each axis, in parts in another order."""
    plan = default_plan(elementwise())
    step = next(s for s in computes(plan) if plan.graph.operators[s.op].kind == "ADD")
    assert isinstance(step, Compute)
    for axis in (1, 2, 3):
        parts = halves(step.reads[0][0], axis)[::-1]
        assert verify(replace(plan, steps=tuple(
            replace(s, reads=(parts, *s.reads[1:])) if s is step else s for s in plan.steps
        ))) == ()  # fmt: skip
