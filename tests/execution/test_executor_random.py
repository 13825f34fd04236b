"""Random schedules: whatever lowering accepts gives the graph's bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import candidates, groups, lower
from mcu_lab.schedule.model import Schedule
from tests.conftest import examples, model_path
from tests.lowering.nets import Net

MODELS = (pytest.param("rnnoise_int8", marks=pytest.mark.slow), "mlperf_ic_resnet8_int8", "hello_world_int8")


@cache
def prepared(model: str) -> tuple[Any, ...]:
    graph = read_tflite(model_path(model))
    inputs = random_inputs(graph, 11)
    return graph, inputs, run_reference(graph, inputs), candidates(graph)


@st.composite
def nets(draw: st.DrawFn) -> Graph:
    """Small graphs full of SPLIT, CONCATENATION, RESHAPE and ADD."""
    net = Net()
    live = [net.input(4, 6), net.input(4, 6)]
    for _ in range(draw(st.integers(1, 8))):
        x = draw(st.sampled_from(live))
        match draw(st.sampled_from(("add", "add constant", "reshape", "halves", "join"))):
            case "add":
                live.append(net.add(x, draw(st.sampled_from([t for t in live if net.shape(t) == net.shape(x)]))))
            case "add constant":
                live.append(net.add(x, net.constant(*net.shape(x))))
            case "reshape":
                live.append(net.reshape(x, *net.shape(x)[::-1]))
            case "halves":
                axis = draw(st.integers(0, 1))
                if net.shape(x)[axis] % 2 == 0:
                    live += net.split(x, 2, axis)
            case "join":
                axis = draw(st.integers(0, 1))
                live.append(
                    net.concatenation(
                        [x, draw(st.sampled_from([t for t in live if net.shape(t) == net.shape(x)]))], axis
                    )
                )
    outputs = draw(st.lists(st.sampled_from(live[2:] or [net.add(*live[:2])]), min_size=1, max_size=2, unique=True))
    return net.graph(*outputs)


def draw_schedule(data: st.DataObject, graph: Graph, legal: tuple[Any, Any]) -> Schedule:
    """Random decisions, as many as go together, and a random order that goes with them."""
    alias: tuple[int, ...] = ()
    in_place: tuple[tuple[int, int], ...] = ()
    before: tuple[tuple[int, int], ...] = ()
    for wish in data.draw(st.permutations([*legal[0], *legal[1]])):
        if data.draw(st.integers(0, 3)) == 0:
            continue
        wider = ((*alias, wish), in_place) if isinstance(wish, int) else (alias, (*in_place, wish))
        try:
            before = groups(graph, *wider).before
        except ScheduleError:
            continue
        alias, in_place = wider
    earlier = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    for reader, writer in before:
        earlier[writer].add(reader)
    order: list[int] = []
    while len(order) < len(graph.operators):
        ready = [op for op in earlier if op not in order and earlier[op] <= set(order)]
        order.append(ready[data.draw(st.integers(0, len(ready) - 1))] if len(ready) > 1 else ready[0])
    return Schedule(tuple(order), alias, in_place, inputs=data.draw(st.sampled_from(("resident", "streamed"))))


def assert_law(graph: Graph, schedule: Schedule, inputs: Any, expected: Any) -> None:
    run = execute(lower(graph, schedule, ad_hoc()), inputs, keep=True)
    for tensor, values in {**run.tensors, **run.outputs}.items():
        np.testing.assert_array_equal(values, expected[tensor], err_msg=f"t{tensor} under {schedule}")


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(nets(), st.data())
def test_random_graphs_under_random_schedules(graph: Graph, data: st.DataObject) -> None:
    schedule = draw_schedule(data, graph, candidates(graph))
    inputs = random_inputs(graph, 5)
    assert_law(graph, schedule, inputs, run_reference(graph, inputs))


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_real_models_under_random_schedules(model: str, data: st.DataObject) -> None:
    graph, inputs, expected, legal = prepared(model)
    schedule = draw_schedule(data, graph, legal)
    assert_law(graph, schedule, inputs, expected)
