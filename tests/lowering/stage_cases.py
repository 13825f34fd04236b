"""Stages to try: by hand on real models, at random on any graph."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from hypothesis import strategies as st

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.lowering.groups import candidates
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import ByRows, Fresh, InputMode, Schedule, Stage
from tests.plan.tiny import Net


def staged(
    graph: Graph,
    *runs: tuple[int, int],
    rows: int = 1,
    inputs: InputMode = "resident",
    fresh: Fresh = "inside",
    alias: tuple[int, ...] = (),
) -> Plan:
    """The file's order, with a stage for each (first, last) operator of ``runs``."""
    stages = tuple(ByRows(tuple(range(first, last + 1)), rows, fresh=fresh) for first, last in runs)
    return lower(graph, replace(default_schedule(graph), stages=stages, inputs=inputs, alias=alias), ad_hoc())


KINDS = ("conv", "depthwise", "add", "pad", "join", "halves", "pool", "relu", "unfold", "fold", "resize", "mirror")


@st.composite
def nets(draw: st.DrawFn) -> Graph:
    """Small images through windows, strides, paddings, branches and joins along every axis."""
    net = Net((1, draw(st.integers(4, 9)), 4, 2), seed=draw(st.integers(0, 99)))
    live = [net.input]
    for _ in range(draw(st.integers(2, 8))):
        x = draw(st.sampled_from(live[-3:]))
        alike = [t for t in live if net.shape(t) == net.shape(x)]
        _, height, width, depth = net.shape(x)
        match draw(st.sampled_from(KINDS)):
            case "conv":
                live.append(net.conv(x, 2, draw(st.sampled_from((1, 3, 5))), draw(st.integers(1, 2))))
            case "depthwise":
                live.append(net.depthwise(x, 3, draw(st.integers(1, 2))))
            case "add":
                live.append(net.add(x, draw(st.sampled_from(alike))))
            case "pad":
                live.append(net.pad(x, (draw(st.integers(0, 3)), 1), (1, 0)))
            case "join":
                live.append(net.concatenation((x, draw(st.sampled_from(alike))), draw(st.integers(1, 3))))
            case "halves":
                live += net.split(x, 2) if depth % 2 == 0 else ()
            case "pool":
                live += (net.average_pool(x, 2),) if min(height, width) > 1 else ()
            case "relu":
                live.append(net.relu(x))
            case "unfold":
                live += (net.depth_to_space(net.conv(x, 4, 1), 2),) if height < 10 else ()
            case "fold":
                live += (net.space_to_depth(x, 2),) if height % 2 == width % 2 == 0 else ()
            case "resize":
                live.append(net.bilinear(x, draw(st.integers(1, 12)), draw(st.integers(1, 9))))
            case "mirror":
                live.append(net.mirror(x, (min(height, 2), 1), (0, 1)))
    x, size = live[-1], net.shape(live[-1])
    match draw(st.sampled_from(("nothing", "classify", "flat", "mean", "pool"))):
        case "classify":
            live.append(net.fully_connected(x, 3))
        case "flat":
            live.append(net.fully_connected(net.reshape(x, (1, prod(size))), 3))
        case "mean":
            live.append(net.fully_connected(net.mean(x, 1, 2), 3))
        case "pool" if size[1] == size[2]:
            live.append(net.reshape(net.average_pool(x, size[1]), (1, size[3])))
    made = live[1:] or [net.relu(net.input)]
    return net.graph(*dict.fromkeys((made[-1], draw(st.sampled_from(made)))))


@st.composite
def schedules(draw: st.DrawFn, graph: Graph, shuffled: bool = True) -> Schedule:
    """A random order cut into random stages: each as much of a random run of it as can be a stage."""
    earlier = {op.id: set(graph.predecessors(op)) for op in graph.operators}
    order: list[int] = []
    while len(order) < len(earlier):
        ready = [op for op in earlier if op not in order and earlier[op] <= set(order)]
        order.append(draw(st.sampled_from(ready)) if shuffled else ready[0])
    schedule = Schedule(tuple(order), inputs=draw(st.sampled_from(("resident", "streamed"))))
    at = 0
    while at < len(order):
        run = order[at : at + draw(st.integers(1, len(order)))]
        rows = draw(st.integers(1, 3))
        fresh: Fresh = "apart" if draw(st.booleans()) else "inside"
        while run and not _allowed(graph, wider := _with_stage(schedule, ByRows(tuple(run), rows, fresh=fresh))):
            run.pop()
        schedule = wider if run else schedule
        at += max(1, len(run)) + draw(st.integers(0, 1))
    for op in draw(st.permutations(candidates(graph)[0]))[:4]:
        sharing = replace(schedule, alias=tuple(sorted((*schedule.alias, op))))
        schedule = sharing if _allowed(graph, sharing) else schedule
    return schedule


def _with_stage(schedule: Schedule, stage: Stage) -> Schedule:
    return replace(schedule, stages=(*schedule.stages, stage))


def _allowed(graph: Graph, schedule: Schedule) -> bool:
    try:
        lower(graph, schedule, ad_hoc())
    except ScheduleError:
        return False
    return True
