"""Parts of more than 8192 elements: numpy's own buffers end there, and so does what tiny graphs can show."""

from __future__ import annotations

from dataclasses import replace

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByRows
from tests.plan.judge import Judge
from tests.plan.tiny import Net


def test_a_large_part_of_an_image_moves_nothing() -> None:
    net = Net((1, 120, 161, 1))
    upper, lower_half = net.split(net.relu(net.input), 2, 1)
    graph = net.graph(net.relu(upper), net.relu(lower_half))
    plan = lower(graph, replace(default_schedule(graph), alias=(1,)), ad_hoc())
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan) == ""


def test_a_large_part_of_a_reshape() -> None:
    net = Net((1, 120, 161, 1))
    graph = net.graph(net.reshape(net.relu(net.input), (1, 161, 120, 1)))
    plan = lower(graph, replace(default_schedule(graph), stages=(ByRows((1,), rows=100),)), ad_hoc())
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan) == ""
