"""Stages by tiles: strips, patches and what is made anew give the graph's bytes, in less memory, for more products."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.limits import STEPS
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import macs
from mcu_lab.plan.model import Compute, Copy, Plan, views_of
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, InputMode, Stage
from tests.conftest import model_path
from tests.plan.judge import Judge
from tests.plan.tiny import Net


def staged(graph: Graph, *stages: Stage, inputs: InputMode = "resident", alias: tuple[int, ...] = ()) -> Plan:
    return lower(graph, replace(default_schedule(graph), stages=stages, inputs=inputs, alias=alias), ad_hoc())


def assert_law(graph: Graph, plan: Plan) -> None:
    assert verify(plan) == ()
    assert Judge.of(graph).difference(plan, on_the_way=True) == ""


def arena_bytes(plan: Plan) -> int:
    return max(b.end for b in plan.buffers if b.memory == plan.device.arena)


def blocks() -> Graph:
    """An inverted residual block between two convolutions, and a strided end. The wide tensors are 3 and 4."""
    net = Net((1, 12, 10, 3), seed=4)
    x = net.conv(net.input, 4, stride=1)
    wide = net.depthwise(net.conv(x, 16, 1))
    return net.graph(net.conv(net.add(net.conv(wide, 4, 1), x), 4, stride=2))


WHOLE = tuple(range(6))


@pytest.mark.quick(2)
@pytest.mark.parametrize("inputs", ["resident", "streamed"])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("columns", [0, 1, 3, 9])
def test_any_tile_of_a_block(rows: int, columns: int, inputs: InputMode) -> None:
    graph = blocks()
    factor = macs(lower(graph, default_schedule(graph), ad_hoc()))
    for stage in (
        ByTiles(WHOLE, rows, columns),
        ByTiles(WHOLE, rows, columns, "all"),
        ByTiles(WHOLE, rows, columns, anew=(1, 2)),
        ByTiles(WHOLE, rows, columns, anew=(0, 2, 3)),
    ):
        plan = staged(graph, stage, inputs=inputs)
        assert_law(graph, plan)
        assert macs(plan) >= factor


def test_strips_have_narrow_line_buffers() -> None:
    graph = blocks()
    wide = graph.operators[1].outputs[0]
    full, strips = (staged(graph, ByTiles(WHOLE, columns=columns)) for columns in (0, 1))
    # One column of the strided end reads three of the sum before it, and the depthwise window two more.
    assert full.buffer[f"t{wide}"].shape == (1, 3, 10, 16)
    assert strips.buffer[f"t{wide}"].shape == (1, 3, 5, 16)
    assert macs(strips) > macs(full)


def test_what_is_made_anew_has_no_line_buffer() -> None:
    graph = blocks()
    wide, deep = (graph.operators[op].outputs[0] for op in (1, 2))
    plan = staged(graph, ByTiles(WHOLE, columns=2, anew=(1, 2)))
    views = [v for s in plan.steps for v in views_of(s) if v.tensor in (wide, deep)]
    assert views and all(v.ring is None for v in views)
    assert plan.buffer[f"t{wide}"].shape == (1, 3, 4, 16)
    assert plan.buffer[f"t{deep}"].shape == (1, 1, 2, 16)
    once = {op: sum(1 for s in plan.steps if isinstance(s, Compute) and s.op == op) for op in (0, 1)}
    assert once == {0: 12, 1: 12 * 5}


def test_patches_of_a_streamed_image_take_each_row_once() -> None:
    graph = blocks()
    plan = staged(graph, ByTiles(WHOLE, rows=2, columns=2, anew="all"), inputs="streamed")
    rows = [s.src.box[1].lo for s in plan.steps if isinstance(s, Copy)]
    assert rows == list(range(0, 12, 2))
    assert plan.buffer[f"t{graph.inputs[0]}"].shape[1] < 12
    strips = staged(graph, ByTiles(WHOLE, columns=2), inputs="streamed")
    (whole,) = [s for s in strips.steps if isinstance(s, Copy)]
    assert whole.dst.box.shape == graph.tensors[graph.inputs[0]].shape


@pytest.mark.parametrize("alias", [(), (1,)])
@pytest.mark.parametrize("stage", [ByTiles((0, 1, 2, 3), columns=2), ByTiles((0, 1, 2, 3), 2, 3, anew=(0,))])
def test_a_pad_in_tiles(stage: ByTiles, alias: tuple[int, ...]) -> None:
    net = Net((1, 9, 7, 2))
    inner = net.conv(net.input, 6, 1)
    graph = net.graph(net.conv(net.depthwise(net.pad(inner, (2, 1), (1, 2)), 3, 2), 2))
    for wish in (stage, replace(stage, anew="all")):
        assert_law(graph, staged(graph, wish, alias=alias))
    assert (f"t{graph.operators[1].outputs[0]}" in staged(graph, stage, alias=alias).buffer) == (not alias)


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (ByTiles((0, 1, 2), anew=(5,)), "is not in it"),
        (ByTiles((0, 1, 2), anew=(0,)), "wanted outside"),
        (ByTiles((0, 1, 2), columns=1), "strips of columns"),
        (ByTiles((0, 1, 2), columns=-1), "-1 columns"),
    ],
)
def test_refusals(stage: Stage, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason):
        staged(blocks(), stage)


def test_too_many_tiles_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STEPS.variable, "100")
    with pytest.raises(ScheduleError, match="at most 100 are allowed"):
        staged(blocks(), ByTiles(WHOLE, 1, 1, "all"))


def run(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


#: MCUNet: the wide tensors of early blocks made anew, a few columns at a time; later ones by rows, then by channels.
LATE = (
    *(ByRows(run(*ends), fresh="apart") for ends in ((33, 38), (40, 45))),
    *(ByChannels(run(*ends), channels=8) for ends in ((47, 49), (53, 57), (60, 64), (66, 70), (73, 77), (79, 83))),
)


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "most_macs", "most_bytes"), [(5, 1.35, 13_500), (2, 1.96, 12_000)])
def test_mcunet_streamed(columns: int, most_macs: float, most_bytes: int) -> None:
    graph = read_tflite(model_path("mcunet_5fps_vww_int8"))
    early = (
        ByTiles(run(0, 18), columns=columns, anew=(7, 9, 13, 15)),
        ByTiles(run(19, 31), columns=columns, anew=(20, 22, 27, 29)),
    )
    pads = tuple(op.id for op in graph.operators if op.kind == "PAD")
    plan = staged(graph, *early, *LATE, inputs="streamed", alias=pads)
    assert verify(plan) == ()
    assert arena_bytes(plan) <= most_bytes
    assert macs(plan) <= most_macs * macs(lower(graph, default_schedule(graph), ad_hoc()))
    assert Judge.of(graph).difference(plan) == ""
