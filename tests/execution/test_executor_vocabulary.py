"""Everything a plan can say, run: rings, row tiles, channel slices with sums, transfers early and late, split reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import InputError, PlanError
from mcu_lab.execution.checksum import POISON, checksum
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Access, OpSpec
from mcu_lab.plan.lifetimes import peak_bytes
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Ring, Step, View
from tests.conftest import model_path
from tests.plan.partial_plans import chain_from, channel_sliced, prefetched, row_tiled, spilled, with_external_memory
from tests.plan.rewriting import with_views


def load(model: str) -> Graph:
    return read_tflite(model_path(model))


def assert_right(plan: Plan, seed: int = 3) -> None:
    """The plan gives the graph's bytes in every tensor, with transfers as early and as late as allowed."""
    inputs = random_inputs(plan.graph, seed)
    expected = run_reference(plan.graph, inputs)
    early = execute(plan, inputs, keep=True, trace="written")
    late = execute(plan, inputs, trace="written", copies="late")
    assert early.checksums == late.checksums
    for tensor, values in early.tensors.items():
        made = early.written[tensor]
        np.testing.assert_array_equal(values[made], expected[tensor][made], err_msg=str(plan.graph.tensors[tensor]))
    for tensor in plan.graph.outputs:
        np.testing.assert_array_equal(early.outputs[tensor], expected[tensor])
        np.testing.assert_array_equal(late.outputs[tensor], expected[tensor])


ROW_STAGES = [
    ("mlperf_vww_mobilenetv1_int8", 0, 26, 1),
    ("mlperf_vww_mobilenetv1_int8", 0, 10, 3),
    ("mlperf_kws_dscnn_int8", 0, 9, 1),
    ("mlperf_ic_resnet8_int8", 0, 12, 1),
    ("mlperf_ic_resnet8_int8", 0, 7, 2),
    ("mobilenetv1_025_128_uint8", 0, 8, 1),
    ("mcunet_5fps_vww_int8", 0, 9, 1),
]


@pytest.mark.quick(3)
@pytest.mark.parametrize("streamed", [False, True], ids=["resident", "streamed"])
@pytest.mark.parametrize(("model", "first", "last", "rows"), ROW_STAGES)
def test_rows_through_rings(model: str, first: int, last: int, rows: int, streamed: bool) -> None:
    graph = load(model)
    plan = row_tiled(graph, chain_from(graph, first, last), rows, streamed=streamed)
    assert any(v.ring for s in plan.steps if isinstance(s, Compute) for slot in s.reads for v in slot)
    assert_right(plan)


def test_a_ring_one_row_too_short_gives_wrong_bytes() -> None:
    plan = row_tiled(load("mlperf_kws_dscnn_int8"), chain_from(load("mlperf_kws_dscnn_int8"), 0, 4))
    ring = next(v.ring for s in plan.steps if isinstance(s, Compute) for slot in s.reads for v in slot if v.ring)
    short = {ring: Ring(ring.axis, ring.rows - 1)}
    damaged = replace(plan, steps=tuple(_with_rings(s, short) for s in plan.steps))
    inputs = random_inputs(plan.graph, 3)
    with pytest.raises(AssertionError):
        assert_right(damaged)
    assert execute(plan, inputs, trace="written").checksums != execute(damaged, inputs, trace="written").checksums


def _with_rings(step: Step, rings: dict[Ring, Ring]) -> Step:
    if not isinstance(step, Compute):
        return step

    def turned(view: View) -> View:
        return replace(view, ring=rings.get(view.ring, view.ring)) if view.ring else view

    return replace(
        step,
        writes=tuple(turned(v) if v else None for v in step.writes),
        reads=tuple(tuple(turned(v) for v in slot) for slot in step.reads),
    )


SLICED = [
    ("mlperf_vww_mobilenetv1_int8", 2, 4, 5),
    ("mlperf_vww_mobilenetv1_int8", 24, 26, 100),
    ("mlperf_kws_dscnn_int8", 1, 2, 64),
    ("mlperf_ic_resnet8_int8", 1, 2, 3),
    ("mlperf_ad_autoencoder_int8", 0, 1, 50),
    ("mobilenetv1_025_128_uint8", 1, 2, 3),
]


@pytest.mark.parametrize(("model", "first", "last", "width"), SLICED)
def test_channel_slices_add_up(model: str, first: int, last: int, width: int) -> None:
    graph = load(model)
    plan = channel_sliced(graph, chain_from(graph, first, last), width)
    assert any(b.form is Form.SUMS for b in plan.buffers)
    assert_right(plan)


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_constants_fetched_ahead(ahead: int) -> None:
    graph = load("mlperf_kws_dscnn_int8")
    assert_right(prefetched(graph, range(1, 9), ahead))


@pytest.mark.parametrize("memory", ["external", "sram"])
def test_constants_stored_elsewhere(memory: str) -> None:
    graph = load("mlperf_kws_dscnn_int8")
    storage = tuple((t.id, memory) for t in graph.tensors if t.is_const and t.id in graph.readers)[::2]
    schedule = replace(default_schedule(graph), storage=storage, inputs="streamed")
    plan = lower(graph, schedule, with_external_memory(ad_hoc()))
    assert {memory} < {b.memory for b in plan.buffers}
    assert_right(plan)


def test_an_activation_spilled_and_fetched_again() -> None:
    graph = load("mlperf_ic_resnet8_int8")
    assert_right(spilled(graph, graph.operators[0].outputs[0], until=3))


def test_reading_before_the_wait_shows_as_a_difference_between_early_and_late() -> None:
    graph = load("mlperf_kws_dscnn_int8")
    plan = prefetched(graph, range(1, 9), 1)
    wait = next(s for s in plan.steps if type(s).__name__ == "Wait")
    start = plan.steps[wait.copy]
    assert isinstance(start, Copy)
    hasty = replace(wait, copy=next(s.id for s in plan.steps if isinstance(s, Copy) and s.id != start.id))
    damaged = replace(plan, steps=tuple(hasty if s is wait else s for s in plan.steps))
    inputs = random_inputs(graph, 3)
    early = execute(damaged, inputs, trace="written")
    late = execute(damaged, inputs, trace="written", copies="late")
    assert early.checksums != late.checksums


def test_two_views_together_cover_what_is_needed() -> None:
    graph = load("mlperf_ic_resnet8_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    step = plan.steps[1]
    assert isinstance(step, Compute)
    ((view,), *constants) = step.reads
    rows = view.box[1]
    upper = replace(view, box=view.box.replaced(1, Interval(rows.lo, 10)))
    lower_ = replace(view, box=view.box.replaced(1, Interval(10, rows.hi)))
    assert_right(
        replace(plan, steps=(plan.steps[0], replace(step, reads=((upper, lower_), *constants)), *plan.steps[2:]))
    )
    short = replace(lower_, box=lower_.box.replaced(1, Interval(11, rows.hi)))
    gap = replace(plan, steps=(plan.steps[0], replace(step, reads=((upper, short), *constants)), *plan.steps[2:]))
    with pytest.raises(PlanError, match="step 1"):
        execute(gap, random_inputs(graph, 3))


@pytest.mark.slow
def test_in_place_is_exact_and_one_byte_off_is_not() -> None:
    graph = load("mlperf_ic_resnet8_int8")
    add = [op for op in graph.operators if op.kind == "ADD"][-1]
    plan = lower(graph, replace(default_schedule(graph), in_place=((add.id, 1),)), ad_hoc())
    assert_right(plan)
    step = plan.steps[add.id]
    assert isinstance(step, Compute) and step.writes[0] is not None
    room = tuple(replace(b, bytes=b.bytes + 1) if b.id == step.writes[0].buffer else b for b in plan.buffers)
    later = [replace(s, writes=(replace(s.writes[0], origin=1),)) if s is step else s for s in plan.steps]
    with pytest.raises(AssertionError):
        assert_right(replace(plan, buffers=room, steps=tuple(later)))


@pytest.mark.parametrize(
    ("operator", "access", "rows_ahead", "right"),
    [
        (2, Access.ROWS, 0, True),  # 1x1: a row needs just the row it lands on
        (2, Access.ROWS, -1, False),
        (2, Access.UNORDERED, 0, False),
        (1, Access.ROWS, 0, False),  # 3x3 with padding 1: the row above is still wanted
        (1, Access.ROWS, 1, True),
        (1, Access.UNORDERED, 1, False),
    ],
)
def test_rows_may_land_on_rows_already_consumed(
    monkeypatch: pytest.MonkeyPatch, operator: int, access: Access, rows_ahead: int, right: bool
) -> None:
    graph = load("mlperf_kws_dscnn_int8")

    def promised(op: Operator) -> OpSpec:
        return replace(spec_of(op), access=access) if op.id == operator else spec_of(op)

    monkeypatch.setattr("mcu_lab.execution.executor.spec_of", promised)
    monkeypatch.setattr("mcu_lab.execution.overlap.spec_of", promised)
    plan = lower(graph, default_schedule(graph), ad_hoc())
    step = plan.steps[operator]
    assert isinstance(step, Compute) and step.writes[0] is not None
    source, target = step.reads[0][0].buffer, step.writes[0].buffer
    row_bytes = plan.buffer[source].bytes // graph.tensors[step.reads[0][0].tensor].shape[1]
    offsets = {b.id: 1 << 15 | i << 16 for i, b in enumerate(plan.buffers) if b.memory == "sram"}
    offsets[target] = offsets[source] - rows_ahead * row_bytes
    moved = replace(plan, buffers=tuple(replace(b, offset=offsets.get(b.id, b.offset)) for b in plan.buffers))
    if right:
        assert_right(moved)
        return
    with pytest.raises(AssertionError):
        assert_right(moved)


def test_an_output_over_an_input_that_is_still_read_gives_wrong_bytes() -> None:
    graph = load("mlperf_kws_dscnn_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    step = plan.steps[0]
    assert isinstance(step, Compute) and step.writes[0] is not None
    source, target = step.reads[0][0].buffer, step.writes[0].buffer
    moved = [replace(b, offset=plan.buffer[source].offset) if b.id == target else b for b in plan.buffers]
    with pytest.raises(AssertionError):
        assert_right(replace(plan, buffers=tuple(moved)))


def test_memory_is_poison_before_it_is_written() -> None:
    graph = load("hello_world_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    nothing = replace(plan, steps=())
    outputs = execute(nothing, random_inputs(graph, 0)).outputs
    assert all((values.view(np.uint8) == POISON).all() for values in outputs.values())


def test_scratch_leaves_poison_behind() -> None:
    graph = load("hello_world_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    output = plan.at_end[0]
    scratch = Buffer("s2", "sram", 64, 4, 256, (64,), "uint8", Form.SCRATCH)
    last = replace(plan.steps[-1], scratch="s2")
    steps = (*plan.steps[:-1], last)
    inputs = random_inputs(graph, 0)
    apart = execute(replace(plan, buffers=(*plan.buffers, scratch), steps=steps), inputs)
    assert np.array_equal(apart.outputs[output.tensor], execute(plan, inputs).outputs[output.tensor])
    over = replace(scratch, offset=plan.buffer[output.buffer].offset)
    clash = execute(replace(plan, buffers=(*plan.buffers, over), steps=steps), inputs)
    assert (clash.outputs[output.tensor].view(np.uint8) == POISON).all()


def test_checksums_of_written_views_and_of_the_arena() -> None:
    graph = load("hello_world_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    inputs = random_inputs(graph, 0)
    expected = run_reference(graph, inputs)
    assert checksum(np.frombuffer(b"123456789", np.uint8)) == 0xCBF43926
    written = execute(plan, inputs, trace="written").checksums
    assert written == tuple(checksum(expected[op.outputs[0]]) for op in graph.operators)
    arena = execute(plan, inputs, trace="arena").checksums
    assert len(arena) == len(plan.steps) and arena != written


def test_a_sliced_step_sums_its_accumulators_into_the_checksum() -> None:
    graph = load("mlperf_ad_autoencoder_int8")
    plan = channel_sliced(graph, chain_from(graph, 0, 1), 64)
    run = execute(plan, random_inputs(graph, 0), trace="written")
    slices = [s for s in plan.steps if isinstance(s, Compute) and s.reduce]
    assert len({run.checksums[s.id] for s in slices}) == len(slices) > 1


def test_an_output_is_put_together_from_all_its_views_at_the_end() -> None:
    graph = load("hello_world_int8")
    graph = replace(graph, outputs=(graph.outputs[0], graph.operators[0].outputs[0], graph.inputs[0], 1))
    plan = lower(graph, default_schedule(graph), ad_hoc())
    inputs = random_inputs(graph, 0)
    whole = execute(plan, inputs).outputs
    assert tuple(whole) == graph.outputs
    np.testing.assert_array_equal(whole[1], graph.tensors[1].array)
    hidden = next(v for v in plan.at_end if v.tensor == graph.outputs[1])
    left, right = (replace(hidden, box=hidden.box.replaced(1, Interval(*cut))) for cut in ((0, 5), (5, 16)))
    others = [v for v in plan.at_end if v is not hidden]
    for parts in ((left, right), (right, left), (right, left, left), (hidden, left), (left, hidden)):
        outputs = execute(replace(plan, at_end=(*others, *parts)), inputs).outputs
        np.testing.assert_array_equal(outputs[hidden.tensor], whole[hidden.tensor])
    for lost in ((left,), ()):
        with pytest.raises(PlanError, match="at_end"):
            execute(replace(plan, at_end=(*others, *lost)), inputs)


def test_any_stride_goes_along_an_axis_with_one_element() -> None:
    graph = load("mlperf_ic_resnet8_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    for stride in (0, -1, 1 << 40, -(1 << 61)):
        assert_right(with_views(plan, lambda v, stride=stride: _over_one_image(v, stride)))  # type: ignore[misc]


def _over_one_image(view: View, stride: int) -> View:
    return replace(view, strides=(stride, *view.strides[1:])) if view.box.shape[:1] == (1,) else view


def test_what_cannot_be_run_is_refused_by_step_and_buffer() -> None:
    graph = load("hello_world_int8")
    plan = lower(graph, default_schedule(graph), ad_hoc())
    inputs = random_inputs(graph, 0)
    homeless = replace(plan, buffers=(replace(plan.buffers[0], offset=None), *plan.buffers[1:]))
    with pytest.raises(PlanError, match=plan.buffers[0].id):
        execute(homeless, inputs)
    step = plan.steps[0]
    assert isinstance(step, Compute) and step.writes[0] is not None
    for start in (1 << 20, -(1 << 20), 1 << 61):
        far = replace(step, writes=(replace(step.writes[0], origin=start),))
        with pytest.raises(PlanError, match="step 0"):
            execute(replace(plan, steps=(far, *plan.steps[1:])), inputs)
    with pytest.raises(InputError):
        execute(plan, {})


def test_rows_need_less_than_whole_tensors() -> None:
    graph = load("mlperf_vww_mobilenetv1_int8")
    whole = lower(graph, replace(default_schedule(graph), inputs="streamed"), ad_hoc())
    rows = row_tiled(graph, chain_from(graph, 0, 26), streamed=True)
    assert peak_bytes(rows) < peak_bytes(whole)
