"""The executor on real models: the same bytes as the graph run operator by operator, and as LiteRT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.oracle import FLOAT_TOLERANCE, litert_tensors
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import candidates, default_schedule, groups, lower
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule
from tests.conftest import model_path

SMALL = (
    "mlperf_vww_mobilenetv1_int8", "mlperf_ic_resnet8_int8", "mlperf_kws_dscnn_int8", "mlperf_ad_autoencoder_int8",
    "person_detect_int8", "micro_speech_int8", "hello_world_int8", "har_cnn_int8", "mobilenetv1_025_128_uint8",
    "dscnn_large_kws_int8", "mcunet_5fps_vww_int8", "magic_wand_float", "cifar10_cnn_float", "mlperf_ic_resnet8_float",
    "yamnet256_esc10_int8", "rnnoise_int8",
)  # fmt: skip
BRANCHED = ("swiftnet_cell_vww_uint8", "mcunet_person_det_int8", "yolo_face_int8", "kws_basic_lstm_unrolled_int8")
LARGE = ("mobilenetv2_035_160_int8", "mobilenetv2_100_224_int8")
ALL = [*SMALL, *(pytest.param(m, marks=pytest.mark.slow) for m in (*BRANCHED, *LARGE))]


def latest_first(graph: Graph, before: tuple[tuple[int, int], ...] = ()) -> tuple[int, ...]:
    """A topological order far from the file's: of the operators that could run next, the last one of the file."""
    earlier = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    for reader, writer in before:
        earlier[writer].add(reader)
    order: list[int] = []
    while len(order) < len(graph.operators):
        done = set(order)
        order.append(max(op for op in earlier if op not in done and earlier[op] <= done))
    return tuple(order)


def sharing_most(graph: Graph) -> Schedule:
    """Every zero-copy and in-place decision that goes with those before it, in file order."""
    schedule = default_schedule(graph)
    alias, in_place = candidates(graph)
    for op in alias:
        schedule = _if_legal(graph, schedule, replace(schedule, alias=(*schedule.alias, op)))
    for pair in in_place[:: max(1, len(in_place) // 40)]:
        schedule = _if_legal(graph, schedule, replace(schedule, in_place=(*schedule.in_place, pair)))
    return schedule


def _if_legal(graph: Graph, now: Schedule, wanted: Schedule) -> Schedule:
    position = {op: i for i, op in enumerate(wanted.order)}
    try:
        before = groups(graph, wanted.alias, wanted.in_place).before
    except ScheduleError:
        return now
    return wanted if all(position[reader] < position[writer] for reader, writer in before) else now


def check(plan: Plan, schedule: Schedule, expected: Mapping[int, np.ndarray], inputs: dict[int, np.ndarray]) -> None:
    run = execute(plan, inputs, keep=True)
    assert set(run.outputs) == set(plan.graph.outputs)
    held = groups(plan.graph, schedule.alias, schedule.in_place).held
    for tensor, values in run.tensors.items():
        made = held[tensor].slices if tensor in held else ...
        assert run.written[tensor][made].all()
        np.testing.assert_array_equal(values[made], expected[tensor][made], err_msg=str(plan.graph.tensors[tensor]))
    for tensor, values in run.outputs.items():
        np.testing.assert_array_equal(values, expected[tensor])


@pytest.mark.quick(8)
@pytest.mark.parametrize("model", ALL)
def test_every_schedule_gives_the_bytes_of_the_graph_and_of_litert(model: str) -> None:
    path = model_path(model)
    graph = read_tflite(path)
    inputs = random_inputs(graph, seed=7)
    expected = run_reference(graph, inputs)
    default = default_schedule(graph)
    sharing = sharing_most(graph)
    schedules = [
        default,
        sharing,
        replace(default, order=latest_first(graph)),
        replace(sharing, order=latest_first(graph, groups(graph, sharing.alias, sharing.in_place).before)),
        replace(sharing, inputs="streamed"),
    ]
    for schedule in dict.fromkeys(schedules):
        check(lower(graph, schedule, ad_hoc()), schedule, expected, inputs)

    theirs = litert_tensors(path.read_bytes(), inputs)
    for tensor in (t for op in graph.operators for t in op.outputs if t in theirs):
        ours, judge = expected[tensor], theirs[tensor].reshape(expected[tensor].shape)
        if ours.dtype.kind == "f":
            assert np.abs(ours - judge).max() <= FLOAT_TOLERANCE * np.abs(judge).max()
        else:
            np.testing.assert_array_equal(ours, judge)
