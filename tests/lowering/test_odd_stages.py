"""Stages that nobody would choose: lowered to what verifies, or refused in a sentence."""

from __future__ import annotations

import random

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import LimitError, ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.limits import OPERATORS, ROWS, SHARED_ELEMENTS, STEPS
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Schedule
from tests.fuzz.schedules import random_schedule
from tests.law.graphs import random_graph
from tests.plan.tiny import Net


def with_one_axis_more() -> Graph:
    net = Net((1, 4, 4, 4))
    seen = net._operator("PACK", (net.relu(net.input),), (1, 1, 4, 4, 4), values_count=1, axis=1)
    return net.graph(net.relu(seen))


def with_a_channel_more() -> Graph:
    """A PAD of channels, whose border the convolution behind it takes for padding that it does not read."""
    net = Net((1, 4, 4, 4))
    by = net._constant(np.array([(0, 0), (0, 0), (0, 0), (0, 1)], np.int32))
    return net.graph(net.conv(net._operator("PAD", (net.relu(net.input), by), (1, 4, 4, 5)), 3, 1))


def test_another_axis_is_refused_where_slices_stay_where_they_are() -> None:
    schedule = Schedule((0, 1, 2), alias=(1,), stages=(ByChannels((0, 1, 2), channels=2),))
    with pytest.raises(ScheduleError, match="cannot leave its input where it is"):
        lower(with_one_axis_more(), schedule, ad_hoc())


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("operators", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("alias", [(), (1,)])
def test_more_channels(operators: tuple[int, ...], channels: int, alias: tuple[int, ...]) -> None:
    graph = with_a_channel_more()
    schedule = Schedule((0, 1, 2), alias=alias, stages=(ByChannels(operators, channels=channels),))
    try:
        plan = lower(graph, schedule, ad_hoc())
    except ScheduleError:
        return
    assert verify(plan) == ()


@pytest.mark.parametrize("seed", range(40))
def test_random_schedules_of_random_graphs(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed))
    rng = random.Random(seed)
    planned = 0
    for _ in range(4):
        try:
            plan = lower(graph, random_schedule(graph, rng), ad_hoc())
        except ScheduleError:
            continue
        planned += 1
        assert {p.code.value for p in verify(plan)} <= {"too-large"}
    assert planned or seed


def tall() -> Graph:
    net = Net((1, 40, 8, 2))
    return net.graph(net.relu(net.relu(net.input)))


@pytest.mark.parametrize(
    ("limit", "schedule"),
    [
        (ROWS, Schedule((0, 1), stages=(ByRows((0, 1)),))),
        (STEPS, Schedule((0, 1), stages=(ByRows((0, 1)),))),
        (STEPS, Schedule((0, 1), stages=(ByTiles((0, 1), columns=1, anew=(0,)),))),
        (STEPS, Schedule((0, 1), stages=(ByTiles((0, 1), columns=1),))),
        (STEPS, Schedule((0, 1), stages=(ByChannels((0, 1), channels=1),))),
        (SHARED_ELEMENTS, Schedule((0, 1), in_place=((0, 0),))),
        (OPERATORS, Schedule((0, 1), inputs="streamed")),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_limits_are_named(limit: object, schedule: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = limit.variable  # type: ignore[attr-defined]
    graph = tall()
    lower(graph, default_schedule(graph), ad_hoc())
    monkeypatch.setenv(variable, "1")
    with pytest.raises((ScheduleError, LimitError), match=rf"at most 1 are allowed\. Set {variable} to allow more\."):
        lower(graph, schedule, ad_hoc())
