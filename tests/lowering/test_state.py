"""State in lowering: what may lie in its place, which order that leaves, and what is refused."""

from __future__ import annotations

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, groups, lower
from mcu_lab.plan.lifetimes import lifetimes
from mcu_lab.plan.touches import lifetimes as lives
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByRows, Schedule
from tests.plan.judge import Judge
from tests.plan.tiny import Net

READ, JOIN, LATER, ASSIGN, RELU = range(5)
SHAPE = (1, 4, 3, 2)


def delay() -> Graph:
    """Rows of the last inference before those of this one; the last of both are kept."""
    net = Net((1, 2, 3, 2))
    state = net.state(SHAPE)
    whole = net.concatenation((net.read(state), net.input), 1)
    net.assign(state, net.later_rows(whole, 4))
    return net.graph(net.relu(whole))


def running_sum() -> Graph:
    net = Net(SHAPE)
    state = net.state(SHAPE)
    total = net.add(net.read(state), net.input)
    net.assign(state, total)
    return net.graph(net.relu(total))


def test_state_lives_throughout_and_moves_no_byte() -> None:
    graph = delay()
    plan = lower(graph, Schedule(tuple(range(5)), alias=(READ, ASSIGN)), ad_hoc())
    name = f"t{graph.states[0]}"
    assert lives(plan)[name] == lifetimes(plan)[name] and len(lives(plan)[name]) == len(plan.steps)
    assert verify(plan) == () and Judge.of(graph).difference(plan) == ""
    views = [plan.steps[READ].writes[0], plan.steps[ASSIGN].reads[0][0]]  # type: ignore[union-attr]
    assert {view.buffer for view in views if view} == {name}


def test_who_reads_state_as_it_was_comes_first() -> None:
    graph = delay()
    with pytest.raises(ScheduleError, match=r"reads it as it was|makes its input"):
        lower(graph, Schedule((JOIN, LATER, ASSIGN, READ, RELU)), ad_hoc())
    # What is read lies in the state, so who reads that comes before who makes what is assigned there.
    net = Net(SHAPE)
    state = net.state(SHAPE)
    was, new = net.read(state), net.relu(net.input)
    net.assign(state, new)
    graph = net.graph(net.add(was, net.input))
    shared = groups(graph, alias=(0, 2))
    assert (3, 1) in shared.before
    with pytest.raises(ScheduleError, match="before"):
        lower(graph, Schedule((0, 1, 2, 3), alias=(0, 2)), ad_hoc())
    plan = lower(graph, Schedule((0, 3, 1, 2), alias=(0, 2)), ad_hoc())
    assert verify(plan) == () and Judge.of(graph).difference(plan) == ""


def test_a_sum_is_made_where_the_state_lies() -> None:
    graph = running_sum()
    plan = lower(graph, Schedule(tuple(range(4)), alias=(0, 2), in_place=((1, 0),)), ad_hoc())
    assert verify(plan) == () and Judge.of(graph).difference(plan) == ""


def test_nothing_else_is_made_there() -> None:
    net = Net(SHAPE)
    state = net.state(SHAPE)
    was = net.read(state)
    other = net.relu(was)
    net.assign(state, net.input)
    graph = net.graph(other)
    with pytest.raises(ScheduleError, match=r"does not become that|would overwrite"):
        groups(graph, alias=(0,), in_place=((1, 0),))
    with pytest.raises(ScheduleError, match="input does"):
        groups(graph, alias=(2,))


def test_stages_leave_state_alone() -> None:
    graph = delay()
    for alias, operators in (((), (READ, JOIN)), ((READ, ASSIGN), (JOIN, LATER))):
        with pytest.raises(ScheduleError, match="outlasts the inference"):
            lower(graph, Schedule(tuple(range(5)), alias=alias, stages=(ByRows(operators, 1),)), ad_hoc())
    assert verify(lower(graph, default_schedule(graph), ad_hoc())) == ()
