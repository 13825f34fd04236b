"""Exported C gives the executor's bytes on all a plan can say: rings, slices, transfers, spills, streamed input."""

from __future__ import annotations

import pytest

from mcu_lab.device import board
from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.lowering import lower
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import InputMode, Schedule, Transfer
from tests.firmware.cases import assert_same_bytes, load, needs_gcc, needs_qemu
from tests.lowering.stage_cases import staged
from tests.plan import tiny
from tests.plan.partial_plans import chain_from, channel_sliced, prefetched, row_tiled, spilled, with_external_memory

pytestmark = [needs_gcc, pytest.mark.slow]


@pytest.mark.parametrize(
    ("model", "first", "last", "rows", "streamed"),
    [
        ("mlperf_kws_dscnn_int8", 0, 9, 1, False),
        ("mlperf_ic_resnet8_int8", 0, 7, 2, True),
        pytest.param("mlperf_vww_mobilenetv1_int8", 0, 26, 1, True, marks=pytest.mark.slow),
        pytest.param("mobilenetv1_025_128_uint8", 0, 8, 1, False, marks=pytest.mark.slow),
    ],
)
def test_rows_through_rings(model: str, first: int, last: int, rows: int, streamed: bool) -> None:
    graph = load(model)
    assert_same_bytes(row_tiled(graph, chain_from(graph, first, last), rows, streamed=streamed))


@pytest.mark.parametrize(
    ("model", "runs", "rows", "inputs"),
    [
        ("mlperf_ic_resnet8_int8", ((0, 11),), 1, "streamed"),
        pytest.param("mlperf_vww_mobilenetv1_int8", ((0, 7), (8, 27)), 3, "streamed", marks=pytest.mark.slow),
        pytest.param("mcunet_5fps_vww_int8", ((0, 30),), 1, "resident", marks=pytest.mark.slow),
    ],
)
def test_stages(model: str, runs: tuple[tuple[int, int], ...], rows: int, inputs: InputMode) -> None:
    assert_same_bytes(staged(load(model), *runs, rows=rows, inputs=inputs))


@pytest.mark.parametrize("rows", [1, 2])
def test_a_stage_of_everything_that_has_rows(rows: int) -> None:
    net = tiny.Net((1, 9, 5, 4))
    a, b = net.split(net.relu(net.pad(net.input, (2, 1), (0, 1))), 2)
    c = net.concatenation((net.depthwise(a), net.conv(b, 3, 5)))
    e = net.pad(net.input, (0, 0), (1, 0))
    d = net.concatenation((net.conv(c, 4), net.add(e, e)), 1)
    graph = net.graph(net.average_pool(net.conv(net.add(d, net.conv(d, 4)), 2, stride=2), 3))
    assert_same_bytes(staged(graph, (0, len(graph.operators) - 1), rows=rows, inputs="streamed"))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_stage_that_ends_larger_than_it_begins(rows: int) -> None:
    """As in super-resolution and segmentation: blocks of pixels out of channels, and images resized."""
    net = tiny.Net((1, 8, 6, 2))
    folded = net.conv(net.space_to_depth(net.mirror(net.input, (2, 0), (1, 1)), 2), 8)
    large = net.bilinear(net.conv(net.depth_to_space(folded, 2), 4), 25, 13)
    graph = net.graph(net.average_pool(net.conv(net.resize(large, 30, 26), 4, stride=2), 3))
    assert_same_bytes(staged(graph, (0, len(graph.operators) - 1), rows=rows, inputs="streamed"))


@pytest.mark.parametrize(("height", "width"), [((1, 0), (0, 1)), ((2, 3), (4, 4))])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_pad_that_writes_nothing(height: tuple[int, int], width: tuple[int, int], stride: int) -> None:
    net = tiny.Net((1, 7, 6, 4))
    wide = net.pad(net.relu(net.input), height, width)
    graph = net.graph(net.conv(wide, 5, 3, stride), net.depthwise(wide, 3, stride), net.conv(wide, 3, 1))
    folded = lower(graph, Schedule(tuple(range(len(graph.operators))), alias=(1,)), ad_hoc())
    assert verify(folded) == ()
    assert_same_bytes(folded)


@pytest.mark.parametrize(
    ("model", "first", "last", "width"),
    [
        ("mlperf_vww_mobilenetv1_int8", 2, 4, 5),
        ("mlperf_ad_autoencoder_int8", 0, 1, 50),
        ("kws_dscnn_small_int16x8", 2, 3, 10),
    ],
)
def test_channel_slices(model: str, first: int, last: int, width: int) -> None:
    graph = load(model)
    assert_same_bytes(channel_sliced(graph, chain_from(graph, first, last), width))


def test_constants_fetched_ahead() -> None:
    assert_same_bytes(prefetched(load("mlperf_kws_dscnn_int8"), range(1, 9), 1))


def test_an_activation_spilled_and_fetched_again() -> None:
    graph = load("mlperf_ic_resnet8_int8")
    assert_same_bytes(spilled(graph, graph.operators[0].outputs[0], until=3))


def test_weights_out_of_reach_and_in_ram() -> None:
    graph = load("hello_world_int8")
    constants = [t.id for t in graph.tensors if t.is_const]
    storage = [(t, "external" if t % 2 else "sram") for t in constants]
    schedule = Schedule(order=tuple(range(len(graph.operators))), storage=tuple(storage), inputs="streamed")
    assert_same_bytes(lower(graph, schedule, with_external_memory(ad_hoc())))


def in_chunks(model: str, chunk: int, ahead: int, slots: int) -> Plan:
    """Weights in a flash chip that the core reads by transfers alone."""
    graph = load(model)
    weights = [op.inputs[1] for op in graph.operators if op.kind.endswith("CONV_2D") or op.kind == "FULLY_CONNECTED"]
    schedule = Schedule(
        order=tuple(range(len(graph.operators))),
        storage=tuple((t, "qspi") for t in weights),
        transfers=tuple(Transfer(t, chunk, ahead, slots) for t in weights),
    )
    plan = lower(graph, schedule, board("stm32f746g-disco"))
    assert verify(plan) == ()
    return plan


@pytest.mark.parametrize(
    ("model", "chunk", "ahead", "slots"),
    [
        ("mlperf_kws_dscnn_int8", 16, 1, 2),
        ("mlperf_kws_dscnn_int8", 10, 2, 3),
        ("magic_wand_float", 3, 2, 3),
        ("hello_world_int8", 5, 0, 1),
        ("mlperf_vww_mobilenetv1_int8", 1000, 3, 1),
    ],
)
def test_constants_in_chunks(model: str, chunk: int, ahead: int, slots: int) -> None:
    assert_same_bytes(in_chunks(model, chunk, ahead, slots))


@needs_qemu
@pytest.mark.qemu
@pytest.mark.slow
def test_chunks_on_an_emulated_cortex_m4() -> None:
    assert_same_bytes(in_chunks("mlperf_kws_dscnn_int8", 16, 2, 3), "cortex-m4")


@needs_qemu
@pytest.mark.qemu
@pytest.mark.slow
def test_rings_on_an_emulated_cortex_m4() -> None:
    graph = load("mlperf_vww_mobilenetv1_int8")
    assert_same_bytes(row_tiled(graph, chain_from(graph, 0, 26), 1, streamed=True), "cortex-m4")
