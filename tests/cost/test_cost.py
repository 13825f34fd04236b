"""Time and energy of plans that are small enough to work out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest

from mcu_lab.cost import Cost, Span, cost
from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Core, Device, Link, Memory, Power
from mcu_lab.errors import PlanError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.address import dense_view, is_zero_copy
from mcu_lab.plan.lifetimes import macs
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Plan, Step, View, Wait
from tests.conftest import DATA
from tests.session.models import diamond

#: A million cycles a second, so that a cycle takes a microsecond.
CORE = Core("core", 1_000_000, False, cycles_per_mac=MappingProxyType({"default": 3.0}),
            cycles_per_byte=MappingProxyType({"default": 2.0, "add": 5.0}))  # fmt: skip
WIDTH = 64
TRANSFER_US = 10.0 + WIDTH  # set-up, then a megabyte a second
RELU_US = 2.0 * WIDTH
ADD_US = 5.0 * WIDTH


def device(*links: Link, reach: bool = False) -> Device:
    memories = (
        Memory("sram", "sram", 1 << 20, 4),
        Memory("flash", "flash", 1 << 20, 4, writable=False),
        Memory("psram", "external", 1 << 20, 4, reach=reach),
    )
    return Device("d", "device", CORE, memories, "sram", "flash", links)


def link(src: str, dst: str) -> Link:
    return Link(src, dst, 1e6, 10.0, asynchronous=True)


LINKED = device(link("sram", "psram"), link("psram", "sram"))


def view(graph: Graph, buffer: str, tensor: int) -> View:
    return dense_view(buffer, tensor, graph.tensors[tensor].shape)


def compute(at: int, op: int) -> Compute:
    """Step ``at`` runs operator ``op`` of the diamond on whole tensors in the arena."""
    graph = diamond(WIDTH)
    operator = graph.operators[op]
    writes = tuple(view(graph, f"t{t}", t) for t in operator.outputs)
    return Compute(at, op, writes, tuple((view(graph, f"t{t}", t),) for t in operator.inputs))


def copy(at: int, src: str, dst: str, tensor: int, *, blocking: bool) -> Copy:
    graph = diamond(WIDTH)
    return Copy(at, view(graph, src, tensor), view(graph, dst, tensor), blocking)


def plan(steps: Sequence[Step], on: Device) -> Plan:
    """Steps over t0..t3 in the arena, x1 outside of it, and an input i0 that the application holds."""
    homes = {**{f"t{t}": "sram" for t in range(4)}, "m1": "sram", "x1": "psram", "i0": APPLICATION}
    buffers = tuple(
        Buffer(name, memory, WIDTH, 4, i * WIDTH, (WIDTH,), "int8") for i, (name, memory) in enumerate(homes.items())
    )
    graph = diamond(WIDTH)
    return Plan(graph, on, buffers, tuple(steps), (view(graph, "t0", 0),), (view(graph, "t3", 3),))


def lanes(found: Cost, lane: str) -> list[Span]:
    return [span for span in found.spans if span.lane == lane]


def test_operators_run_one_after_the_other() -> None:
    found = cost(plan([compute(0, 0), compute(1, 1), compute(2, 2)], LINKED))
    assert found.latency_us == RELU_US + RELU_US + ADD_US
    assert found.cycles == found.latency_us
    assert found.stall_us == 0
    assert found.spans == (
        Span(0, "cpu", 0, RELU_US),
        Span(1, "cpu", RELU_US, 2 * RELU_US),
        Span(2, "cpu", 2 * RELU_US, 2 * RELU_US + ADD_US),
    )


def test_a_blocking_copy_over_a_link_stalls_for_all_its_time() -> None:
    found = cost(plan([compute(0, 0), copy(1, "t1", "x1", 1, blocking=True), compute(2, 1)], LINKED))
    assert found.stall_us == TRANSFER_US
    assert found.latency_us == 2 * RELU_US + TRANSFER_US
    assert found.cycles == 2 * RELU_US
    assert lanes(found, "transfer") == [Span(1, "transfer", RELU_US, RELU_US + TRANSFER_US)]


def test_a_transfer_shorter_than_the_work_beside_it_costs_nothing() -> None:
    steps = [compute(0, 0), copy(1, "t1", "x1", 1, blocking=False), compute(2, 1), Wait(3, 1)]
    found = cost(plan(steps, LINKED))
    assert TRANSFER_US < RELU_US
    assert found.stall_us == 0
    assert found.latency_us == 2 * RELU_US


def test_a_wait_stalls_for_what_is_left_of_the_transfer() -> None:
    slow = device(replace(link("sram", "psram"), setup_us=RELU_US))
    steps = [compute(0, 0), copy(1, "t1", "x1", 1, blocking=False), compute(2, 1), Wait(3, 1), compute(4, 2)]
    found = cost(plan(steps, slow))
    assert found.stall_us == WIDTH
    assert found.latency_us == 2 * RELU_US + WIDTH + ADD_US
    assert lanes(found, "cpu")[2] == Span(3, "cpu", 2 * RELU_US, 2 * RELU_US + WIDTH)


def test_transfers_wait_for_each_other_on_their_lane() -> None:
    steps = [
        copy(0, "t1", "x1", 1, blocking=False), copy(1, "x1", "t1", 1, blocking=False),
        Wait(2, 0), Wait(3, 1),
    ]  # fmt: skip
    found = cost(plan(steps, LINKED))
    assert lanes(found, "transfer") == [
        Span(0, "transfer", 0, TRANSFER_US),
        Span(1, "transfer", TRANSFER_US, 2 * TRANSFER_US),
    ]
    assert found.stall_us == found.latency_us == 2 * TRANSFER_US


@pytest.mark.parametrize(("src", "on"), [("t1", LINKED), ("x1", device(reach=True))])
def test_where_there_is_no_link_the_cpu_moves_the_bytes(src: str, on: Device) -> None:
    found = cost(plan([copy(0, src, "m1", 1, blocking=True)], on))
    assert found.spans == (Span(0, "cpu", 0, 2.0 * WIDTH),)
    assert (found.latency_us, found.cycles, found.stall_us) == (2.0 * WIDTH, 2.0 * WIDTH, 0)


def test_streamed_input_comes_at_the_applications_pace_and_waits_for_no_transfer() -> None:
    steps = [copy(0, "t1", "x1", 1, blocking=False), copy(1, "i0", "t0", 0, blocking=True), compute(2, 0), Wait(3, 0)]
    found = cost(plan(steps, LINKED))
    assert lanes(found, "cpu")[0] == Span(1, "cpu", 0, 0)
    assert found.latency_us == RELU_US


def test_a_copy_without_a_way_is_refused_by_step_and_memories() -> None:
    with pytest.raises(PlanError, match=r"step 0: device has no link from psram to sram"):
        cost(plan([copy(0, "x1", "t1", 1, blocking=True)], device()))


def test_steps_that_move_no_byte_cost_nothing() -> None:
    graph = read_tflite(DATA / "digits_two_branch_int8.tflite")
    reshape = next(op.id for op in graph.operators if op.kind == "RESHAPE")
    whole = lower(graph, default_schedule(graph), ad_hoc())
    shared = lower(graph, replace(default_schedule(graph), alias=(reshape,)), ad_hoc())
    free = {s.id for s in shared.steps if isinstance(s, Compute) and is_zero_copy(graph, s)}
    assert {s.op for s in shared.steps if s.id in free} == {reshape}
    assert all(span.start_us == span.end_us for span in cost(shared).spans if span.step in free)
    moved = graph.tensors[graph.operators[reshape].outputs[0]].bytes
    assert cost(shared).cycles == cost(whole).cycles - moved * ad_hoc().core.cycles_per_byte["default"]


def test_an_operator_that_multiplies_is_paid_by_its_products() -> None:
    graph = read_tflite(DATA / "digits_mlp_int8.tflite")
    only = replace(CORE, cycles_per_byte=MappingProxyType({"default": 0.0}))
    lowered = lower(graph, default_schedule(graph), replace(ad_hoc(), core=only))
    assert cost(lowered).cycles == 3.0 * macs(lowered)


def test_a_family_has_its_own_price() -> None:
    graph = read_tflite(DATA / "digits_mlp_int8.tflite")
    dear = MappingProxyType({"default": 0.0, "fully_connected": 7.0})
    core = replace(CORE, cycles_per_mac=dear, cycles_per_byte=MappingProxyType({"default": 0.0}))
    lowered = lower(graph, default_schedule(graph), replace(ad_hoc(), core=core))
    products = sum(
        graph.tensors[op.inputs[1]].elements for op in graph.operators if op.kind == "FULLY_CONNECTED"
    )  # fmt: skip
    assert cost(lowered).cycles == 7.0 * products


def test_energy_needs_a_figure_with_a_source() -> None:
    assert cost(plan([compute(0, 0)], LINKED)).energy_uj is None


@pytest.mark.parametrize(("idle_mw", "while_waiting_mw"), [(4.0, 4.0), (None, 100.0)])
def test_stalls_draw_idle_power(idle_mw: float | None, while_waiting_mw: float) -> None:
    on = replace(LINKED, power=Power(100.0, idle_mw, "measured"))
    found = cost(plan([compute(0, 0), copy(1, "t1", "x1", 1, blocking=True)], on))
    assert found.energy_uj == pytest.approx((RELU_US * 100.0 + TRANSFER_US * while_waiting_mw) / 1000)


def test_nothing_to_do_takes_no_time() -> None:
    found = cost(plan([], replace(LINKED, power=Power(1.0))))
    assert (found.spans, found.latency_us, found.energy_uj) == ((), 0.0, 0.0)
