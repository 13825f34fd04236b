"""Extents: exactly the hull of what is live, byte by byte, by the definition; and how close two buffers may come."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan import extents as module
from mcu_lab.plan.extent import Extent, separations
from mcu_lab.plan.extents import extents
from mcu_lab.plan.lifetimes import arena_bytes, explain_peak, live_bytes, peak_bytes
from mcu_lab.plan.model import Compute, Copy, Form, Plan, Step, View, Wait
from mcu_lab.plan.touches import lifetimes
from mcu_lab.plan.verify import verify
from mcu_lab.plan.verify.cells import byte_numbers
from mcu_lab.schedule.model import ByRows
from tests.conftest import examples
from tests.lowering.stage_cases import nets, schedules
from tests.plan import tiny
from tests.plan.judge import Judge
from tests.plan.partial_plans import chain_from, channel_sliced, prefetched, row_tiled, spilled


def live_by_definition(plan: Plan, buffer: str) -> np.ndarray:
    """Which bytes are live at which step: bool, (steps, bytes). Follows every byte from each write to its last read."""
    count, size = max(1, len(plan.steps)), plan.buffer[buffer].bytes
    live = np.zeros((count, size), dtype=bool)
    written = np.full(size, -1)
    for view in plan.at_start:
        if view.buffer == buffer:
            written[cells(plan, view)] = 0
            live[0, cells(plan, view)] = True
    for step in plan.steps:
        for read in reads_of(plan, step):
            if read.buffer == buffer:
                for byte in cells(plan, read):
                    live[written[byte] : step.id + 1, byte] = True
        for write in writes_of(step):
            if write.buffer == buffer:
                written[cells(plan, write)] = step.id
                live[step.id, cells(plan, write)] = True
        if isinstance(step, Compute) and step.scratch == buffer:
            live[step.id] = True
    for view in plan.at_end:
        if view.buffer == buffer:
            for byte in cells(plan, view):
                live[written[byte] :, byte] = True
    return live


def cells(plan: Plan, view: View) -> np.ndarray:
    size = 4 if plan.buffer[view.buffer].form is Form.SUMS else plan.graph.tensors[view.tensor].element_bytes
    return np.unique(byte_numbers(view, 0, size))


def reads_of(plan: Plan, step: Step) -> Iterator[View]:
    if isinstance(step, Compute):
        yield from (v for slot in step.reads for v in slot)
        if step.sums and step.reduce and step.reduce.lo > 0:
            yield step.sums
    elif isinstance(step, Copy):
        yield step.src
    else:
        copy = plan.steps[step.copy]
        assert isinstance(step, Wait) and isinstance(copy, Copy)
        yield from (copy.src, copy.dst)


def writes_of(step: Step) -> Iterator[View]:
    if isinstance(step, Compute):
        yield from (v for v in (*step.writes, step.sums) if v)
    elif isinstance(step, Copy):
        yield step.dst


def made_in_parts(plan: Plan) -> set[str]:
    """Buffers that are touched by an operator of several steps, or by a copy of a part."""
    found = set()
    computed = [step.op for step in plan.steps if isinstance(step, Compute)]
    for step in plan.steps:
        if isinstance(step, Compute) and computed.count(step.op) > 1:
            found |= {v.buffer for v in (*reads_of(plan, step), *writes_of(step))} | {step.scratch or ""}
        if isinstance(step, Copy) and step.src.box != Box.full(plan.graph.tensors[step.src.tensor].shape):
            found |= {step.src.buffer, step.dst.buffer}
    return found


def check(plan: Plan, exact: bool = True) -> None:
    """Every hull is that of the definition, or (not ``exact``) holds it."""
    found, lives, parts = extents(plan), lifetimes(plan), made_in_parts(plan)
    assert found.keys() == {b for b in lives if plan.buffer[b].memory == plan.device.arena}
    for buffer, extent in found.items():
        assert extent.life == lives[buffer]
        if buffer not in parts:
            assert extent.is_rectangle and extent.at(extent.life.lo) == Interval(0, plan.buffer[buffer].bytes)
            continue
        for step, live in enumerate(live_by_definition(plan, buffer)):
            numbers = np.flatnonzero(live)
            hull = Interval(int(numbers[0]), int(numbers[-1]) + 1) if numbers.size else Interval(0, 0)
            assert extent.at(step) == hull if exact else hull in extent.at(step), f"{buffer} at step {step}"
    assert live_bytes(plan) == tuple(sum(len(e.at(t)) for e in found.values()) for t in range(max(1, len(plan.steps))))
    assert peak_bytes(plan) <= arena_bytes(plan)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.data())
def test_hulls_are_those_of_the_definition(graph: Graph, data: st.DataObject) -> None:
    plan = lower(graph, data.draw(schedules(graph)), ad_hoc())
    check(plan)
    assert verify(plan) == ()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.data(), st.integers(1, 3))
def test_views_with_many_runs_never_make_a_hull_too_small(graph: Graph, data: st.DataObject, runs: int) -> None:
    schedule = data.draw(schedules(graph))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_RUNS", runs)
        plan = lower(graph, schedule, ad_hoc())
        check(plan, exact=False)
    assert verify(plan) == ()


def test_sums_slices_transfers_and_streams() -> None:
    graph = tiny.chain()
    for plan in (
        channel_sliced(graph, chain_from(graph, 3, 4), 2),
        prefetched(graph, range(1, 4)),
        spilled(graph, graph.operators[1].outputs[0], 3),
        row_tiled(graph, chain_from(graph, 0, 4), 2, streamed=True),
    ):
        check(plan)
        assert verify(plan) == ()


def test_one_convolution_as_a_stage_writes_over_the_input_it_has_done_with() -> None:
    net = tiny.Net((1, 12, 6, 4), seed=5)
    graph = net.graph(net.conv(net.input, 4))
    schedule = replace(default_schedule(graph), stages=(ByRows((0,)),))
    plan, whole = lower(graph, schedule, ad_hoc()), lower(graph, default_schedule(graph), ad_hoc())
    row_bytes = 6 * 4
    assert arena_bytes(whole) == 2 * 12 * row_bytes
    assert arena_bytes(plan) == peak_bytes(plan) == (12 + 2) * row_bytes
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


def test_the_peak_names_the_rows_that_are_live() -> None:
    net = tiny.Net((1, 12, 6, 4), seed=5)
    graph = net.graph(net.conv(net.conv(net.input, 4), 4))
    plan = lower(graph, replace(default_schedule(graph), stages=(ByRows((0, 1)),)), ad_hoc())
    peak = explain_peak(plan)
    assert peak.bytes == sum(map(len, peak.live)) == live_bytes(plan)[peak.step]
    for buffer, live in zip(peak.buffers, peak.live, strict=True):
        line = next(line for line in peak.words.splitlines() if f" {buffer}" in line)
        assert f"{len(live):,} B" in line
        assert (f"{live.lo // 24}:{live.hi // 24} of 12" in line) == (len(live) < 12 * 24 == plan.buffer[buffer].bytes)


def random_extent(rng: random.Random, steps: int, size: int) -> Extent:
    begin = rng.randrange(steps)
    cuts = sorted(rng.sample(range(begin, steps + 1), rng.randint(2, steps + 1 - begin)))
    hulls = []
    for _ in cuts[1:]:
        lo, hi = sorted(rng.sample(range(size + 1), 2))
        hulls.append((lo, hi) if rng.random() < 0.8 else (0, 0))
    return Extent.of(cuts, hulls)


@pytest.mark.parametrize("seed", range(60))
def test_separation_is_the_least_distance_at_which_no_byte_is_shared(seed: int) -> None:
    rng = random.Random(seed)
    steps, size = 9, 10
    low, high = random_extent(rng, steps, size), random_extent(rng, steps, size)
    found = separations(low, high)

    def stacked(distance: int) -> bool:
        """Whether all of ``high`` lies over all of ``low``, at every step, when it starts so much further up."""
        pairs = ((low.at(t), high.at(t).shifted(distance)) for t in range(steps))
        return all(a.hi <= b.lo for a, b in pairs if a and b)

    if found is None:
        assert stacked(-2 * size)
        return
    assert stacked(found[0]) and not stacked(found[0] - 1)
    assert separations(high, low) == (found[1], found[0])
