"""A search has an answer at once, ends when it is told to, and never raises what told it."""

from __future__ import annotations

import threading
import time

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, groups, lower
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import Schedule
from mcu_lab.search.blocks import Block
from mcu_lab.search.fit import fit
from mcu_lab.search.front import front
from mcu_lab.search.limits import Limits
from mcu_lab.search.placement_exact import decide
from mcu_lab.stopping import Stopped, look_up, stopping_when
from tests.plan.tiny import Net

#: The promise is a second; machines that run tests are busy.
SOON_S = 10.0


def ladder(steps: int) -> Graph:
    """Every step reads the one before and another one, further back."""
    net = Net((1, 4, 4, 2))
    made = [net.input]
    for step in range(steps):
        made.append(net.add(made[-1], made[max(0, len(made) - 2 - step % 7)]))
    return net.graph(made[-1])


def test_without_any_time_there_is_the_order_of_the_file() -> None:
    graph = ladder(40)
    result = fit(graph, ad_hoc(), seconds=0)
    assert verify(result.plan) == ()
    assert (result.stopped, result.schedule.order) == ("time", default_schedule(graph).order)
    assert result.lower_bound_bytes <= result.peak_sram_bytes
    assert front(graph, ad_hoc(), seconds=0)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [400, 1000])
def test_large_graphs_have_an_answer_in_time(steps: int) -> None:
    began = time.process_time()
    result = fit(ladder(steps), ad_hoc(), seconds=1)
    assert time.process_time() - began < SOON_S
    assert verify(result.plan) == ()


def test_cancelling_ends_it_soon_with_the_best_so_far() -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    began = time.monotonic()
    result = fit(ladder(200), ad_hoc(), cancelled=cancel.is_set)
    assert time.monotonic() - began < SOON_S
    assert verify(result.plan) == ()


def test_the_solver_hears_that_it_is_cancelled() -> None:
    sizes = (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
    blocks = [Block(f"b{i}", 101 * sizes[i % 12] + i, i % 40, i % 40 + 3 + i % 17, 4) for i in range(160)]
    began = time.monotonic()
    limits = Limits(until=time.monotonic() + 0.5)
    decide(blocks, 20_000, 100.0, limits)
    assert time.monotonic() - began < SOON_S


def test_work_is_stopped_where_it_looks_up() -> None:
    look_up()
    with stopping_when(lambda: ""):
        look_up()
    with pytest.raises(Stopped, match="time"), stopping_when(lambda: "time"):
        look_up()
    look_up()


@pytest.mark.parametrize("steps", [120])
def test_many_operators_in_place_are_lowered(steps: int) -> None:
    net = Net((1, 4, 4, 2))
    x = net.input
    for _ in range(steps):
        x = net.relu(x)
    graph = net.graph(x)
    in_place = tuple((op.id, 0) for op in graph.operators)
    plan = lower(graph, Schedule(default_schedule(graph).order, in_place=in_place), ad_hoc())
    assert verify(plan) == ()
    assert len(set(groups(graph, (), in_place).root.values())) == 1
