"""Transfers: constants that come in chunks, ahead of their use, into slots that take turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.limits import STEPS
from mcu_lab.lowering import checked, default_schedule, lower
from mcu_lab.plan.model import Compute, Copy, Plan, Wait
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByRows, Schedule, Transfer
from tests.law.test_law import graph_of
from tests.lowering.nets import Net
from tests.plan import tiny
from tests.plan.judge import Judge
from tests.plan.partial_plans import with_external_memory

DEVICE = with_external_memory(ad_hoc())
BUSY = replace(DEVICE, links=tuple(replace(link, asynchronous=False) for link in DEVICE.links))
#: 4 operators, of which 0, 1 and 3 have weights of 9, 9 and 5 channels.
NET = tiny.Net((1, 6, 5, 4))
GRAPH = NET.graph(NET.fully_connected(NET.relu(NET.depthwise(NET.conv(NET.input, 9))), 5))
CONV, DEPTHWISE, _, DENSE = GRAPH.operators


def stored(graph: Graph, *transfers: Transfer) -> Schedule:
    """All constants out of reach."""
    constants = tuple((t.id, "external") for t in graph.tensors if t.is_const)
    return replace(default_schedule(graph), storage=constants, transfers=transfers)


def weights(graph: Graph) -> list[int]:
    kinds = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    return [op.inputs[1] for op in graph.operators if op.kind in kinds]


def assert_right(plan: Plan) -> None:
    """Verified; and the graph's bytes, with copies as early and as late as may be."""
    assert verify(plan) == ()
    assert Judge.of(plan.graph, seed=3).difference(plan, on_the_way=True) == ""


def assert_as_defined(plan: Plan, transfers: Sequence[Transfer]) -> None:
    """When each chunk starts and is waited for, read from the plan's steps alone."""
    computes = [step for step in plan.steps if isinstance(step, Compute)]
    number = {step.id: n for n, step in enumerate(computes)}
    waits = {step.copy: step.id for step in plan.steps if isinstance(step, Wait)}
    decided = {transfer.tensor: transfer for transfer in transfers}
    rings = {s.dst.buffer: s.dst.tensor for s in plan.steps if isinstance(s, Copy) and s.dst.tensor in decided}
    assert set(rings.values()) == decided.keys()
    for buffer, tensor in rings.items():
        ahead, slots = decided[tensor].ahead, decided[tensor].slots
        copies = [s for s in plan.steps if isinstance(s, Copy) and s.dst.buffer == buffer]
        uses = []
        for copy in copies:
            reads = [(c, v) for c in computes for slot in c.reads for v in slot if v.buffer == buffer]
            uses.append([number[c.id] for c, v in reads if v.box in copy.dst.box])
            assert all(v.origin == copy.dst.origin for c, v in reads if v.box in copy.dst.box)
        for i, (copy, used) in enumerate(zip(copies, uses, strict=True)):
            free = max(uses[i - slots]) + 1 if i >= slots else 0
            start = max(min(used) - ahead, free, 0)
            assert sum(c.id < copy.id for c in computes) == start
            assert copy.blocking == (start == min(used)) == (copy.id not in waits)
            if not copy.blocking:
                assert sum(c.id < waits[copy.id] for c in computes) == min(used)


@pytest.mark.parametrize(("ahead", "slots"), [(0, 1), (0, 3), (1, 2), (2, 3), (3, 4), (1, 9)])
@pytest.mark.parametrize("chunk", [1, 2, 4, 9])
def test_chunks_start_so_many_steps_ahead_when_their_slot_is_free(chunk: int, ahead: int, slots: int) -> None:
    transfers = [Transfer(t, chunk, ahead, slots) for t in weights(GRAPH)]
    plan = lower(GRAPH, stored(GRAPH, *transfers), DEVICE)
    for op in (CONV, DEPTHWISE, DENSE):
        channels = GRAPH.tensors[op.outputs[0]].shape[-1]
        made = [s.writes[0] for s in plan.steps if isinstance(s, Compute) and s.op == op.id]
        assert [v.box[-1].lo for v in made if v] == list(range(0, channels, chunk))
        ring = plan.buffer[f"l{op.inputs[1]}.{op.id}"]
        whole = GRAPH.tensors[op.inputs[1]].bytes
        assert ring.bytes == whole * min(slots * chunk, channels) // channels
    assert_as_defined(plan, transfers)
    assert_right(plan)


def test_as_long_as_the_axis_and_not_ahead_is_as_without() -> None:
    transfers = [Transfer(t.id, max(t.shape, default=1)) for t in GRAPH.tensors if t.is_const]
    assert lower(GRAPH, stored(GRAPH, *transfers), DEVICE) == lower(GRAPH, stored(GRAPH), DEVICE)


def test_a_whole_constant_comes_ahead_of_other_operators() -> None:
    """In one slot, however far ahead: it takes turns with nothing."""
    transfer = Transfer(DENSE.inputs[1], 1000, 2)
    plan = lower(GRAPH, stored(GRAPH, transfer), DEVICE)
    (start,) = [s for s in plan.steps if isinstance(s, Copy) and not s.blocking]
    (wait,) = [s for s in plan.steps if isinstance(s, Wait)]
    assert [s.op for s in plan.steps[start.id : wait.id] if isinstance(s, Compute)] == [1, 2]
    assert_as_defined(plan, [transfer])
    assert_right(plan)


def test_weights_and_biases_may_be_cut_differently() -> None:
    """The operator comes in parts of which each reads one chunk of either."""
    transfers = [Transfer(CONV.inputs[1], 4, 1, 2), Transfer(CONV.inputs[2], 3, 2, 3)]
    plan = lower(GRAPH, stored(GRAPH, *transfers), DEVICE)
    made = [s.writes[0] for s in plan.steps if isinstance(s, Compute) and s.op == CONV.id]
    assert [(v.box[-1].lo, v.box[-1].hi) for v in made if v] == [(0, 3), (3, 4), (4, 6), (6, 8), (8, 9)]
    assert_as_defined(plan, transfers)
    assert_right(plan)


def test_each_reader_has_a_ring_of_its_own() -> None:
    net = Net()
    x, constant = net.input(1, 2, 2, 6), net.constant(6)
    graph = net.graph(net.add(net.add(net.add(x, constant), constant), constant))
    plan = lower(graph, stored(graph, Transfer(constant, 2, 1, 2)), DEVICE)
    rings = [b for b in plan.buffers if b.id.startswith(f"l{constant}.")]
    assert [b.bytes for b in rings] == [4, 4, 4]
    assert_right(plan)


def test_a_link_that_keeps_the_core_busy_gives_chunks_that_block() -> None:
    plan = lower(GRAPH, stored(GRAPH, *[Transfer(t, 2) for t in weights(GRAPH)]), BUSY)
    assert not any(isinstance(s, Wait) for s in plan.steps)
    assert_right(plan)


@pytest.mark.parametrize("inputs", ["resident", "streamed"])
@pytest.mark.parametrize("model", ["mlperf_kws_dscnn_int8", "digits_two_branch_int8", "magic_wand_float"])
def test_models(model: str, inputs: str) -> None:
    graph = graph_of(model)
    transfers = [Transfer(t, 7, 1 + t % 2, 3) for t in weights(graph)]
    schedule = replace(stored(graph, *transfers), inputs=inputs)
    assert_right(lower(graph, schedule, DEVICE))


def test_beside_stages_that_are_loaded_whole() -> None:
    graph = graph_of("mlperf_kws_dscnn_int8")
    late = [t for op in graph.operators[5:] for t in op.inputs if t in weights(graph)]
    schedule = stored(graph, *[Transfer(t, 16, 2, 3) for t in late])
    assert_right(lower(graph, replace(schedule, stages=(ByRows((0, 1, 2, 3)),)), DEVICE))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transfers": (Transfer(99, 1),)}, "transfer of tensor 99: is not a constant"),
        ({"transfers": (Transfer(-1, 1),)}, "is not a constant"),
        ({"transfers": (Transfer(0, 1),)}, "is not a constant"),
        ({"transfers": (Transfer(1, 0),)}, "chunks of 0"),
        ({"transfers": (Transfer(1, 1, -1),)}, "-1 steps ahead"),
        ({"transfers": (Transfer(1, 1, 0, 0),)}, "0 slots"),
        ({"transfers": (Transfer(1, 1), Transfer(1, 2))}, "twice"),
        ({"transfers": (Transfer(1, 2, 2, 2),)}, r"CONV_2D would be given chunks of \S+ \(t1\) .* Give it 3 slots"),
        ({"transfers": (Transfer(1, 2),), "storage": ()}, "lies in flash, where the core reads it in place"),
        ({"transfers": (Transfer(1, 2),), "stages": (ByRows((0, 1)),)}, r"CONV_2D is in a stage, where \S+ \(t1\)"),
    ],
)
def test_refused_in_words(change: dict[str, object], words: str) -> None:
    schedule = replace(stored(GRAPH), **change)
    for ask in (lower, checked):
        with pytest.raises(ScheduleError, match=words):
            ask(GRAPH, schedule, DEVICE)


def test_ahead_needs_a_link_beside_the_core() -> None:
    with pytest.raises(ScheduleError, match=r"external to sram keeps the core busy. Let ahead be 0"):
        lower(GRAPH, stored(GRAPH, Transfer(1, 2, 1, 2)), BUSY)


def test_what_has_no_channels_comes_whole_or_is_refused() -> None:
    net = Net()
    constant = net.constant(1, 2, 1, 1)
    graph = net.graph(net.add(net.input(1, 2, 3, 4), constant))
    with pytest.raises(ScheduleError, match=r"ADD cannot be given n0 \(t0\) in chunks of channels. Let a chunk have 2"):
        lower(graph, stored(graph, Transfer(constant, 1)), DEVICE)
    assert_right(lower(graph, stored(graph, Transfer(constant, 2)), DEVICE))


def test_what_no_kernel_reads_is_not_loaded() -> None:
    net = Net()
    graph = net.graph(net.reshape(net.input(2, 3), 3, 2))
    shape = next(t.id for t in graph.tensors if t.is_const)
    with pytest.raises(ScheduleError, match="nobody to load it for"):
        lower(graph, stored(graph, Transfer(shape, 1)), DEVICE)


def test_too_many_chunks_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STEPS.variable, "20")
    with pytest.raises(ScheduleError, match=r"chunks takes .* steps"):
        lower(GRAPH, stored(GRAPH, Transfer(1, 1)), DEVICE)


def test_sizes_of_memories_do_not_matter() -> None:
    small: Device = replace(DEVICE, memories=tuple(replace(m, bytes=1 << 20) for m in DEVICE.memories))
    schedule = stored(GRAPH, Transfer(1, 2, 1, 2))
    assert lower(GRAPH, schedule, small).steps == lower(GRAPH, schedule, DEVICE).steps
