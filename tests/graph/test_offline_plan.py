"""Order and exact offsets, handed to stock TFLite Micro: a smaller arena, the same bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph, Tensor
from mcu_lab.graph.offline_plan import METADATA_NAME, offline_plan_of, with_offline_plan
from mcu_lab.graph.rewrite import reordered
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.search.order import least_peak_order
from mcu_lab.search.tflm import tflm_plan, tflm_problem
from tests.graph.models import path_of
from tests.graph.tflm import smallest_arena_bytes, tflm_outputs

REAL = ["digits_two_branch_int8", "mlperf_vww_mobilenetv1_int8", "hps_tiled_presence_int8", "swiftnet_cell_vww_uint8"]


def as_int8(graph: Graph) -> Graph:
    """A legacy uint8 graph relabelled so that TFLM takes it: another function, on tensors of the same sizes."""

    def shifted(t: Tensor) -> Tensor:
        data = t.data and (np.frombuffer(t.data, np.uint8) ^ np.uint8(128)).tobytes()
        quant = t.quant and replace(t.quant, zero_points=tuple(z - 128 for z in t.quant.zero_points))
        return replace(t, dtype="int8", data=data, quant=quant)

    return replace(graph, tensors=tuple(shifted(t) if t.dtype == "uint8" else t for t in graph.tensors))


@pytest.mark.quick(1)
@pytest.mark.parametrize("name", REAL)
def test_stock_tflm_takes_less_memory_and_gives_the_same_bytes(name: str) -> None:
    graph = as_int8(read_tflite(path_of(name)))
    stored = write_tflite(graph)
    best = reordered(graph, least_peak_order(tflm_problem(graph)).order)
    plan = tflm_plan(best)
    planned = write_tflite(with_offline_plan(best, plan.offsets))
    before, after = smallest_arena_bytes(stored), smallest_arena_bytes(planned)
    print(f"{name}: TFLM arena {before:,} -> {after:,} bytes, activations {plan.placement.height_bytes:,}")
    assert before - after >= 18_000
    assert tflm_outputs(planned, after, invocations=1) == tflm_outputs(stored, invocations=1)


def test_the_plan_can_be_read_back() -> None:
    graph = read_tflite(path_of("mlperf_kws_dscnn_int8"))
    offsets = tflm_plan(graph).offsets
    planned = read_tflite(write_tflite(with_offline_plan(graph, offsets)))
    assert offline_plan_of(planned) == offsets
    assert not offline_plan_of(graph)


def test_reordering_drops_a_plan_made_for_another_order() -> None:
    graph = read_tflite(path_of("mlperf_kws_dscnn_int8"))
    planned = with_offline_plan(graph, tflm_plan(graph).offsets)
    assert METADATA_NAME not in reordered(planned, range(len(graph.operators))).metadata


@pytest.mark.parametrize(("offset", "what"), [(8, "multiple"), (-16, "multiple")])
def test_impossible_offsets_are_refused(offset: int, what: str) -> None:
    graph = read_tflite(path_of("mlperf_kws_dscnn_int8"))
    with pytest.raises(ScheduleError, match=what):
        with_offline_plan(graph, {graph.inputs[0]: offset})


def test_only_activations_can_be_placed() -> None:
    graph = read_tflite(path_of("mlperf_kws_dscnn_int8"))
    constant = next(t.id for t in graph.tensors if t.is_const)
    for tensor in (constant, len(graph.tensors)):
        with pytest.raises(ScheduleError, match="no activation"):
            with_offline_plan(graph, {tensor: 0})


def test_a_model_of_several_subgraphs_is_refused() -> None:
    graph = read_tflite(path_of("okay_nabu_streaming_int8"))
    with pytest.raises(ScheduleError, match="subgraph"):
        with_offline_plan(graph, {})
