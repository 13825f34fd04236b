"""What the rules allow and where exactly they stop, on plans written by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Device, Link, Memory
from mcu_lab.errors import PlanError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.lowering import lower
from mcu_lab.ops import SPECS
from mcu_lab.ops.spec import Access
from mcu_lab.plan.address import dense_strides, dense_view, is_zero_copy
from mcu_lab.plan.codes import decoded, encoded, number_dtype, vectors_of
from mcu_lab.plan.model import APPLICATION, Buffer, Codebook, Compute, Copy, Form, Plan, Ring, View, Wait
from mcu_lab.plan.verify import ProblemCode, verify
from mcu_lab.schedule.model import Schedule
from tests.plan import tiny
from tests.plan.broken_plans import decoding, twice, whole, with_buffer, with_step, with_steps
from tests.plan.coded_plans import BOOK, coded
from tests.plan.judge import Judge
from tests.plan.tiled_aliases import joined_and_split, row_by_row

ROWS, COLUMNS = 6, 4


def codes(plan: Plan) -> set[ProblemCode]:
    return {p.code for p in verify(plan)}


def buffer(name: str, size: int, offset: int, memory: str = "sram", form: Form = Form.PLAIN) -> Buffer:
    return Buffer(name, memory, size, 1, offset, (size,), "int8", form)


def bytewise(device: Device | None = None) -> Device:
    """A device whose memories take buffers at any byte."""
    device = device or ad_hoc()
    return replace(device, memories=tuple(replace(m, alignment=1) for m in device.memories))


def one_relu(shape: tuple[int, ...]) -> Graph:
    net = tiny.Net(shape)
    return net.graph(net.relu(net.input))


def overlapping(shape: tuple[int, ...], output_at: int, input_at: int) -> Plan:
    """A RELU whose input and output lie at these bytes of the arena."""
    graph = one_relu(shape)
    size = int(np.prod(shape))
    given, made = dense_view("in", 0, shape), dense_view("out", 1, shape)
    buffers = (buffer("in", size, input_at), buffer("out", size, output_at))
    return Plan(graph, bytewise(), buffers, (Compute(0, 0, (made,), ((given,),)),), (given,), (made,))


@pytest.fixture
def relu_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    by_rows = {**SPECS, "RELU": replace(SPECS["RELU"], access=Access.ROWS)}
    monkeypatch.setattr("mcu_lab.plan.verify.compute.SPECS", by_rows)


@pytest.mark.parametrize(("output_at", "fits"), [(8, True), (7, True), (0, True), (9, False), (20, False), (32, True)])
def test_elements_may_move_down_and_stay_but_not_up(output_at: int, fits: bool) -> None:
    plan = overlapping((ROWS, COLUMNS), output_at, input_at=8)
    assert codes(plan) == (set() if fits else {ProblemCode.OVERLAP})


@pytest.mark.usefixtures("relu_by_rows")
@pytest.mark.parametrize("shape", [(ROWS, COLUMNS), (1, ROWS, COLUMNS, 1)])
@pytest.mark.parametrize(("output_at", "fits"), [(8, True), (7, True), (4, True), (9, False), (12, False), (40, True)])
def test_rows_may_not_reach_into_the_next_row(shape: tuple[int, ...], output_at: int, fits: bool) -> None:
    plan = overlapping(shape, output_at, input_at=8)
    assert codes(plan) == (set() if fits else {ProblemCode.OVERLAP})


@pytest.mark.usefixtures("relu_by_rows")
@pytest.mark.parametrize("shape", [(2, 3, COLUMNS, 1), (2, 3, COLUMNS)])
def test_rows_of_several_images_or_of_rank_3_promise_nothing(shape: tuple[int, ...]) -> None:
    assert codes(overlapping(shape, 8, 8)) == {ProblemCode.OVERLAP}


@pytest.mark.parametrize(("row_at", "fits"), [(24, True), (21, True), (20, True), (19, False), (0, False)])
def test_a_row_that_is_broadcast_may_only_lie_under_the_last_one(row_at: int, fits: bool) -> None:
    net = tiny.Net((ROWS, COLUMNS))
    x = net.relu(net.input)
    graph = net.graph(net.add(x, net.input))
    row = replace(graph.tensors[0], shape=(1, COLUMNS))
    shapes = {0: (1, COLUMNS), 1: (ROWS, COLUMNS), 2: (ROWS, COLUMNS)}
    add = Operator(0, "ADD", (1, 0), (2,), graph.operators[1].attrs)
    graph = Graph("broadcast", (row, *graph.tensors[1:]), (add,), (0, 1), (2,))
    views = {t: dense_view(f"t{t}", t, shape) for t, shape in shapes.items()}

    buffers = (buffer("t0", 4, row_at), buffer("t1", 24, 40), buffer("t2", 24, 0))
    step = Compute(0, 0, (views[2],), ((views[1],), (views[0],)))
    plan = Plan(graph, bytewise(), buffers, (step,), (views[0], views[1]), (views[2],))
    assert codes(plan) == (set() if fits else {ProblemCode.OVERLAP})


def reshaped(second_reader: bool) -> Plan:
    """A RESHAPE that moves nothing; ``second_reader``: the tensor before it is read again behind it."""
    net = tiny.Net((ROWS, COLUMNS))
    flat = net.reshape(net.input, (ROWS * COLUMNS,))
    outputs = (net.relu(flat), net.relu(net.input))
    graph = net.graph(*(outputs if second_reader else outputs[:1]))
    given, flattened = dense_view("x", 0, (ROWS, COLUMNS)), dense_view("x", flat, (ROWS * COLUMNS,))
    to = graph.operators[0].inputs[1]
    target = dense_view("c", to, (1,))
    made = [dense_view(f"y{t}", t, graph.tensors[t].shape) for t in outputs]
    size = ROWS * COLUMNS
    buffers = (
        buffer("x", size, 0), buffer("c", 4, 0, "flash"), buffer(f"y{outputs[0]}", size, 24),
        buffer(f"y{outputs[1]}", size, 48),
    )  # fmt: skip
    steps = [
        Compute(0, 0, (flattened,), ((given,), (target,))),
        Compute(1, 1, (made[0],), ((flattened,),)),
        Compute(2, 2, (made[1],), ((given,),)),
    ]
    count = 3 if second_reader else 2
    return Plan(graph, bytewise(), buffers, tuple(steps[:count]), (given, target), tuple(made[: count - 1]))


@pytest.mark.parametrize("second_reader", [False, True])
def test_what_moves_nothing_may_be_read_under_both_names(second_reader: bool) -> None:
    assert codes(reshaped(second_reader)) == set()


def test_what_moves_by_a_byte_does_not_count_as_moving_nothing() -> None:
    plan = reshaped(False)
    first = plan.steps[0]
    assert isinstance(first, Compute) and first.writes[0]
    moved = replace(first, writes=(replace(first.writes[0], origin=1),))
    wider = replace(plan, buffers=(replace(plan.buffers[0], bytes=25), *plan.buffers[1:]))
    assert ProblemCode.OVERLAP in codes(replace(wider, steps=(moved, *plan.steps[1:])))


def test_an_equal_value_from_elsewhere_does_not_count_as_moving_nothing() -> None:
    """Both halves of a concatenation are equal; the first is split off where the second lies."""
    net = tiny.Net((4, COLUMNS))
    both = net.concatenation((net.input, net.input), axis=0)
    first, _ = net.split(both, 2, axis=0)
    graph = net.graph(first)
    given, joined = dense_view("x", 0, (4, COLUMNS)), dense_view("j", both, (8, COLUMNS))
    axis = dense_view("axis", graph.operators[1].inputs[0], ())

    def plan(first_at: int) -> Plan:
        half = replace(dense_view("j", first, (4, COLUMNS)), origin=first_at)
        steps = (
            Compute(0, 0, (joined,), ((given,), (given,))),
            Compute(1, 1, (half, None), ((axis,), (joined,))),
        )
        buffers = (buffer("x", 16, 0), buffer("j", 32, 16), buffer("axis", 4, 0, "flash"))
        return Plan(graph, bytewise(), buffers, steps, (given, axis), (half,))

    assert codes(plan(0)) == set()
    assert codes(plan(16)) == {ProblemCode.OVERLAP}


def test_strides_along_an_axis_that_a_tile_does_not_move_on_do_not_matter() -> None:
    graph = joined_and_split()
    plan = row_by_row(graph)
    join = plan.steps[2]
    assert isinstance(join, Compute) and join.writes[0]
    batch, row, *rest = join.writes[0].strides
    odd = replace(join, writes=(replace(join.writes[0], strides=(batch, row + 1, *rest)),))
    plan = replace(plan, steps=(*plan.steps[:2], odd, *plan.steps[3:]))
    assert codes(plan) == set()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


def ringed(rows: int, phase: int = 0) -> Plan:
    """RELU row by row into a ring of ``rows``, then all of the ring at once."""
    net = tiny.Net((ROWS, COLUMNS))
    middle = net.relu(net.input)
    graph = net.graph(net.relu(middle))
    given, out = dense_view("in", 0, (ROWS, COLUMNS)), dense_view("out", 2, (ROWS, COLUMNS))
    ring = replace(dense_view("ring", 1, (ROWS, COLUMNS)), ring=Ring(0, rows, phase))

    def part(view: View, lo: int, hi: int) -> View:
        return replace(view, box=view.box.replaced(0, Interval(lo, hi)))

    steps: list[Compute] = []
    for row in range(0, ROWS, 2):
        steps.append(Compute(len(steps), 0, (part(ring, row, row + 2),), ((part(given, row, row + 2),),)))
        if row == 0:
            steps.append(Compute(len(steps), 1, (part(out, 0, 1),), ((part(ring, 0, 1),),)))
        else:
            steps.append(Compute(len(steps), 1, (part(out, row - 1, row + 1),), ((part(ring, row - 1, row + 1),),)))
    steps.append(Compute(len(steps), 1, (part(out, ROWS - 1, ROWS),), ((part(ring, ROWS - 1, ROWS),),)))
    buffers = (buffer("in", 24, 0), buffer("ring", rows * COLUMNS, 24), buffer("out", 24, 60))
    return Plan(graph, bytewise(), buffers, tuple(steps), (given,), (out,))


@pytest.mark.parametrize(("rows", "expected"), [
    (6, set()), (4, set()), (3, set()), (2, {ProblemCode.WRONG_VALUE}), (1, {ProblemCode.SELF_OVERWRITE}),
])  # fmt: skip
def test_a_ring_needs_just_the_rows_that_are_still_wanted(rows: int, expected: set[ProblemCode]) -> None:
    for phase in range(rows):
        assert codes(ringed(rows, phase)) >= expected
        assert bool(codes(ringed(rows, phase))) == bool(expected)
        assert expected or Judge.of(ringed(rows).graph).difference(ringed(rows, phase), on_the_way=True) == ""


def test_both_sides_of_a_ring_agree_on_its_phase() -> None:
    plan = ringed(4, 1)
    other = tuple(
        replace(s, reads=((replace(s.reads[0][0], ring=Ring(0, 4)),),)) if isinstance(s, Compute) and s.op == 1 else s
        for s in plan.steps
    )
    assert codes(replace(plan, steps=other)) == {ProblemCode.WRONG_VALUE}


def with_state(keeps: bool, same_place: bool = True) -> Plan:
    """A variable that nobody writes; it must be where it was when the inference is over."""
    graph = one_relu((ROWS, COLUMNS))
    state = Tensor(2, "state", (4,), "int8", Quant((0.1,), (0,)), variable=True)
    graph = replace(graph, tensors=(*graph.tensors, state))
    given, made = dense_view("in", 0, (ROWS, COLUMNS)), dense_view("out", 1, (ROWS, COLUMNS))
    held, elsewhere = dense_view("state", 2, (4,)), dense_view("state", 2, (4,))
    elsewhere = replace(elsewhere, strides=(-1,), origin=3)
    buffers = (buffer("in", 24, 0), buffer("out", 24, 24), buffer("state", 4, 48 if keeps else 44))
    step = Compute(0, 0, (made,), ((given,),))
    end = (made, held if same_place else elsewhere)
    return Plan(graph, bytewise(), buffers, (step,), (given, held), end)


def test_state_lasts_from_one_inference_to_the_next() -> None:
    assert codes(with_state(keeps=True)) == set()
    assert ProblemCode.WRONG_VALUE in codes(with_state(keeps=False))
    assert ProblemCode.LOST_STATE in codes(with_state(keeps=True, same_place=False))
    assert ProblemCode.LOST_STATE in codes(replace(with_state(keeps=True), at_end=with_state(keeps=True).at_end[:1]))


def test_codes_are_decoded_by_a_blocking_copy() -> None:
    plan = decoding()
    at, copy = next((i, s) for i, s in enumerate(plan.steps) if isinstance(s, Copy))
    step = next(s for s in plan.steps if isinstance(s, Compute) and copy.dst in (v for slot in s.reads for v in slot))
    without = with_steps(plan, [s for s in plan.steps if s is not copy])
    assert codes(without) == {ProblemCode.WRONG_VALUE}
    absent = tuple(v for v in plan.at_start if v.buffer != copy.src.buffer)
    assert codes(replace(plan, at_start=absent)) == {ProblemCode.WRONG_VALUE}
    coded = tuple((copy.src,) if slot == (copy.dst,) else slot for slot in step.reads)
    assert codes(with_step(plan, step.id, reads=coded)) == {ProblemCode.WRONG_FORM}
    beside = Link("flash", plan.device.arena, 1e6, 1.0, asynchronous=True)
    linked = replace(plan, device=replace(plan.device, links=(beside,)))
    assert codes(linked) == set()
    assert ProblemCode.WRONG_FORM in codes(with_step(linked, at, blocking=False))
    first = next(b for b in plan.buffers if b.form is Form.PLAIN and b.memory == "flash")
    for moved in (copy.src.buffer, BOOK):
        assert ProblemCode.START_CONFLICT in codes(with_buffer(plan, moved, offset=first.offset))
    skewed = replace(copy.src, origin=1)
    assert ProblemCode.WRONG_CODES in codes(with_step(plan, at, src=skewed))


def test_a_form_and_what_a_buffer_holds_belong_together() -> None:
    plan = decoding()
    for buffer in plan.buffers:
        held = None if buffer.holds else plan.buffer[BOOK].holds
        assert codes(with_buffer(plan, buffer.id, holds=held)) & {ProblemCode.CODEBOOK, ProblemCode.WRONG_FORM}
        assert Judge.of(plan.graph).refuses(with_buffer(plan, buffer.id, holds=held))


def test_codes_in_ram_outlast_the_inference() -> None:
    tensors = [v.tensor for v in decoding().at_start if decoding().buffer[v.buffer].form is Form.CODES]
    plan = coded(whole(), tensors, 4, memory="sram")
    assert codes(plan) == set()
    last = plan.steps[-1]
    assert isinstance(last, Compute) and last.writes[0]
    for name in (b.id for b in plan.buffers if b.holds):
        on_it = with_buffer(plan, last.writes[0].buffer, offset=plan.buffer[name].offset)
        assert codes(on_it) == {ProblemCode.LOST_STATE}
        assert Judge.of(plan.graph).difference(twice(on_it)) != ""


def test_the_core_decodes_only_what_it_reaches() -> None:
    plan = decoding()
    away = Memory("away", "external", 1 << 20, 4, reach=False)
    link = Link("away", plan.device.arena, 1e6, 1.0)
    device = replace(plan.device, memories=(*plan.device.memories, away), links=(link,))
    for name in (b.id for b in plan.buffers if b.holds):
        far = with_buffer(replace(plan, device=device), name, memory="away", offset=0)
        assert codes(far) == {ProblemCode.OUT_OF_REACH}


@pytest.mark.parametrize(("length", "vectors"), [(1, 256), (3, 300), (7, 2)])
def test_codes_take_a_byte_or_two(length: int, vectors: int) -> None:
    rng = np.random.default_rng(length)
    book = Codebook(length, "int16", rng.permuted(np.arange(vectors * length, dtype=np.int16)).tobytes())
    numbers = rng.integers(0, vectors, 50)
    values = vectors_of(book)[numbers].reshape(-1)[: 50 * length - length // 2]
    made = encoded(values, BOOK, book)
    assert len(made.numbers) == 50 * (2 if vectors > 256 else 1)
    read = np.frombuffer(made.numbers, number_dtype(vectors))
    assert np.array_equal(decoded(read, vectors_of(book), values.size), values)
    with pytest.raises(PlanError, match="elements from 0 on"):
        encoded(values - 1000, BOOK, book)


def loading(burst_bytes: int, start: int, length: int, *, ahead: bool = True) -> Plan:
    """Part of the input comes from external memory while an earlier part is worked on."""
    graph = one_relu((1, 32))
    storage = Memory("storage", "external", 1 << 16, 1, reach=False)
    link = Link("storage", "sram", 1e6, 1.0, burst_bytes=burst_bytes, asynchronous=True)
    device = bytewise()
    device = replace(device, memories=(*device.memories, storage), links=(link,))
    outside, inside, made = dense_view("o", 0, (1, 32)), dense_view("i", 0, (1, 32)), dense_view("y", 1, (1, 32))

    def part(view: View, lo: int, hi: int) -> View:
        return replace(view, box=Box.of((0, 1), (lo, hi)))

    cut = start + length
    steps: list[Compute | Copy | Wait] = [
        Copy(0, part(outside, start, cut), part(inside, start, cut)),
        Copy(1, part(outside, cut, 32), part(inside, cut, 32), blocking=False),
        Compute(2, 0, (part(made, start, cut),), ((part(inside, start, cut),),)),
        Wait(3, 1),
        Compute(4, 0, (part(made, cut, 32),), ((part(inside, cut, 32),),)),
    ]
    if not ahead:
        steps[2], steps[3], steps[4] = replace(steps[4], id=2), steps[3], replace(steps[2], id=4)
    buffers = (buffer("o", 32, 0, "storage"), buffer("i", 32, 0), buffer("y", 32, 32))
    return Plan(graph, device, buffers, tuple(steps), (outside,), (made,))


def test_bursts_are_whole() -> None:
    assert codes(loading(8, 0, 16)) == set()
    assert codes(loading(8, 0, 12)) == {ProblemCode.BURST}
    assert codes(loading(1, 0, 13)) == set()


def test_a_copy_in_flight_may_run_beside_what_does_not_touch_it() -> None:
    assert codes(loading(1, 0, 16)) == set()
    assert codes(loading(1, 0, 16, ahead=False)) == {ProblemCode.IN_FLIGHT}


def test_the_source_of_a_copy_in_flight_may_be_read_but_not_written() -> None:
    net = tiny.Net((1, 8))
    graph = net.graph(net.relu(net.input), net.relu(net.input))
    device = bytewise()
    link = Link("sram", "sram", 1e6, 1.0, asynchronous=True)
    device = replace(device, links=(link,))
    given, there = dense_view("x", 0, (1, 8)), dense_view("z", 0, (1, 8))
    first, second = dense_view("a", 1, (1, 8)), dense_view("b", 2, (1, 8))

    def plan(first_at: int) -> Plan:
        buffers = (buffer("x", 8, 0), buffer("z", 8, 8), buffer("a", 8, first_at), buffer("b", 8, 24))
        steps = (
            Copy(0, given, there, blocking=False),
            Compute(1, 0, (first,), ((given,),)),
            Wait(2, 0),
            Compute(3, 1, (second,), ((there,),)),
        )
        return Plan(graph, device, buffers, steps, (given,), (first, second))

    assert codes(plan(16)) == set()
    assert codes(plan(0)) == {ProblemCode.IN_FLIGHT}


def test_alignment_is_that_of_the_largest_element() -> None:
    """int32 constants on odd bytes, even in a memory that takes anything."""
    net = tiny.Net((1, 4))
    graph = net.graph(net.fully_connected(net.input, 2))
    x, weights, bias = graph.operators[0].inputs
    views = [dense_view(f"t{t}", t, graph.tensors[t].shape) for t in (x, weights, bias)]
    made = dense_view("y", graph.outputs[0], (1, 2))
    buffers = (buffer("t0", 4, 0), buffer("t1", 8, 0, "flash"), buffer("t2", 8, 9, "flash"), buffer("y", 2, 4))
    step = Compute(0, 0, (made,), tuple((v,) for v in views))
    plan = Plan(graph, bytewise(), buffers, (step,), tuple(views), (made,))
    assert codes(plan) == {ProblemCode.ALIGNMENT}
    assert codes(replace(plan, buffers=(*buffers[:2], buffer("t2", 8, 8, "flash"), buffers[3]))) == set()


def test_equal_constants_may_share_their_bytes() -> None:
    net = tiny.Net((1, 4))
    graph = net.graph(net.fully_connected(net.input, 2), net.fully_connected(net.input, 2))
    (_, w1, b1), (_, w2, b2) = (op.inputs for op in graph.operators)
    same = {w2: graph.tensors[w1].data, b2: graph.tensors[b1].data}
    tensors = tuple(replace(t, data=same.get(t.id, t.data)) for t in graph.tensors)
    first, second = graph.outputs
    x = dense_view("x", 0, (1, 4))
    views = {t: dense_view("w" if t in (w1, w2) else "b", t, graph.tensors[t].shape) for t in (w1, w2, b1, b2)}
    outs = (dense_view("y", first, (1, 2)), dense_view("z", second, (1, 2)))
    buffers = (
        buffer("x", 4, 0), buffer("w", 8, 0, "flash"), buffer("b", 8, 8, "flash"), buffer("y", 2, 4), buffer("z", 2, 6)
    )  # fmt: skip
    steps = (
        Compute(0, 0, (outs[0],), ((x,), (views[w1],), (views[b1],))),
        Compute(1, 1, (outs[1],), ((x,), (views[w2],), (views[b2],))),
    )
    plan = Plan(replace(graph, tensors=tensors), bytewise(), buffers, steps, (x, *views.values()), outs)
    assert codes(plan) == set()
    assert ProblemCode.START_CONFLICT in codes(replace(plan, graph=graph))


def test_strides_may_leave_gaps_and_run_backwards() -> None:
    plan = overlapping((ROWS, COLUMNS), 0, 100)
    backwards = replace(plan.at_end[0], origin=ROWS * COLUMNS - 1, strides=tuple(-s for s in dense_strides((6, 4))))
    (step,) = plan.steps
    assert isinstance(step, Compute)
    assert codes(replace(plan, steps=(replace(step, writes=(backwards,)),), at_end=(backwards,))) == set()
    assert codes(replace(plan, at_end=(backwards,))) == {ProblemCode.WRONG_VALUE}


@pytest.mark.parametrize("shape", [(1,), (1, 1, 1, 1)])
def test_a_scalar_passed_on_without_moving(shape: tuple[int, ...]) -> None:
    net = tiny.Net((1, 4, 4, 2))
    graph = net.graph(net.relu(net.reshape(net.mean(net.input, 0, 1, 2, 3), shape)))
    plan = lower(graph, Schedule((0, 1, 2), alias=(1,)), ad_hoc())
    assert [s.id for s in plan.steps if isinstance(s, Compute) and is_zero_copy(graph, s)] == [1]
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


def test_no_link_leads_from_the_application() -> None:
    """What it hands over is taken by the core, step by step; nothing moves it meanwhile."""
    graph = one_relu((1, 4))
    given, taken, made = (dense_view(name, t, (1, 4)) for name, t in (("given", 0), ("taken", 0), ("made", 1)))
    buffers = (buffer("given", 4, 0, APPLICATION), buffer("taken", 4, 0), buffer("made", 4, 4))
    compute = Compute(1, 0, (made,), ((taken,),))
    links = (Link(APPLICATION, "sram", 1e6, 1.0, asynchronous=True),)
    device = replace(bytewise(), links=links)
    plan = Plan(graph, device, buffers, (Copy(0, given, taken), compute), (given,), (made,))
    assert codes(plan) == set()
    in_flight = (Copy(0, given, taken, blocking=False), Wait(1, 0), replace(compute, id=2))
    assert codes(replace(plan, steps=in_flight)) == {ProblemCode.NO_LINK}
