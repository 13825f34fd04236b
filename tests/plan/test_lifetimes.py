"""Lifetimes, curve, peak and totals of small plans written by hand, and their definitions on real ones."""

from __future__ import annotations

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Tensor
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.lifetimes import (
    arena_bytes,
    explain_peak,
    flash_bytes,
    lifetimes,
    live_bytes,
    macs,
    peak_bytes,
)
from mcu_lab.plan.model import Buffer, Copy, Plan, Step, View, Wait
from mcu_lab.plan.text import to_text
from tests.conftest import model_path
from tests.plan.partial_plans import chain_from, prefetched, row_tiled

TENSOR = Tensor(0, "x", (8,), "int8")


def view(buffer: str) -> View:
    return dense_view(buffer, 0, TENSOR.shape)


def plan(steps: tuple[Step, ...], at_start: tuple[str, ...], at_end: tuple[str, ...]) -> Plan:
    names = ("a", "b", "c", "unused")
    buffers = tuple(Buffer(n, "sram", 8, 4, 8 * i, (8,), "int8") for i, n in enumerate(names))
    graph = Graph("hand-made", (TENSOR,), (), (0,), (0,))
    return Plan(graph, ad_hoc(), buffers, steps, tuple(map(view, at_start)), tuple(map(view, at_end)))


def test_from_first_touch_to_last() -> None:
    p = plan((Copy(0, view("a"), view("b")), Copy(1, view("b"), view("c"))), ("a",), ("c",))
    assert dict(lifetimes(p)) == {"a": Interval(0, 1), "b": Interval(0, 2), "c": Interval(1, 2)}
    assert live_bytes(p) == (16, 16)
    assert peak_bytes(p) == 16
    assert arena_bytes(p) == 32


def test_a_transfer_holds_both_ends_until_its_wait() -> None:
    steps = (Copy(0, view("a"), view("b"), blocking=False), Copy(1, view("a"), view("c")), Wait(2, 0))
    lives = lifetimes(plan(steps, ("a",), ()))
    assert lives["a"] == lives["b"] == Interval(0, 3)
    assert lives["c"] == Interval(1, 2)


def test_what_is_kept_lives_to_the_end_and_what_is_given_from_the_start() -> None:
    steps = (Copy(0, view("a"), view("b")), Copy(1, view("a"), view("b")))
    lives = lifetimes(plan(steps, ("a", "c"), ("a",)))
    assert lives["a"] == Interval(0, 2)
    assert lives["c"] == Interval(0, 1)
    assert dict(lifetimes(plan((), ("a",), ("a",)))) == {"a": Interval(0, 1)}


@pytest.mark.parametrize(
    ("model", "peak"),
    [
        ("mlperf_vww_mobilenetv1_int8", 55_296),
        ("swiftnet_cell_vww_uint8", 351_232),
        ("hps_tiled_presence_int8", 227_460),
    ],
)
def test_peaks_of_real_models_in_file_order(model: str, peak: int) -> None:
    graph = read_tflite(model_path(model))
    p = lower(graph, default_schedule(graph), ad_hoc())
    assert peak_bytes(p) == peak
    assert arena_bytes(p) >= peak


def test_the_peak_is_explained_by_what_is_live_there() -> None:
    graph = read_tflite(model_path("mlperf_vww_mobilenetv1_int8"))
    p = lower(graph, default_schedule(graph), ad_hoc())
    peak = explain_peak(p)
    assert sum(p.buffer[b].bytes for b in peak.buffers) == peak.bytes == peak_bytes(p) == live_bytes(p)[peak.step]
    for buffer in peak.buffers:
        assert buffer in peak.words
    assert f"{peak.bytes:,}" in peak.words


def test_parts_cost_no_more_multiplications_when_nothing_is_made_twice() -> None:
    graph = read_tflite(model_path("mlperf_vww_mobilenetv1_int8"))
    whole = lower(graph, default_schedule(graph), ad_hoc())
    assert macs(row_tiled(graph, chain_from(graph, 0, 8))) == macs(whole)


def test_flash_counts_constants_in_the_constant_memory() -> None:
    graph = read_tflite(model_path("mlperf_kws_dscnn_int8"))
    whole = lower(graph, default_schedule(graph), ad_hoc())
    constants = {v.buffer for v in whole.at_start if graph.tensors[v.tensor].is_const}
    assert flash_bytes(whole) >= sum(whole.buffer[c].bytes for c in constants)
    assert flash_bytes(prefetched(graph, range(2, 8))) < flash_bytes(whole)


def test_the_text_has_one_line_for_each_buffer_and_step() -> None:
    graph = read_tflite(model_path("mlperf_kws_dscnn_int8"))
    p = row_tiled(graph, chain_from(graph, 0, 4), streamed=True)
    lines = to_text(p).splitlines()
    for buffer in p.buffers:
        assert sum(line.split()[:2] == [buffer.id, buffer.memory] for line in lines) == 1
    assert [int(line.split()[0]) for line in lines[-len(p.steps) :]] == [s.id for s in p.steps]
    assert any(" ring 1%" in line for line in lines)
