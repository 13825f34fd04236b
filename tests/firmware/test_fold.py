"""The folded step table unfolds to the plan's rows, and its price is what the compiler makes of it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.firmware.encode import fold
from mcu_lab.firmware.export import export
from mcu_lab.firmware.harness import build
from mcu_lab.firmware.layout import CView, banks
from mcu_lab.firmware.places import Strides, dense, place_of, store_of
from mcu_lab.firmware.rows import Row, rows_of
from mcu_lab.firmware.sequence import grammar
from mcu_lab.firmware.tables import table_bytes
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Schedule, Stage
from tests.conftest import examples
from tests.firmware.cases import default_plan, load, needs_qemu
from tests.firmware.unfold import letters, plain, unfold
from tests.lowering.stage_cases import nets, schedules
from tests.plan.partial_plans import chain_from, channel_sliced, prefetched, row_tiled, spilled

MOST_BYTES = 8192
#: The last operator of the longest stage that begins with the first.
STAGES = {
    "mlperf_kws_dscnn_int8": 12,
    "mlperf_ic_resnet8_int8": 15,
    "mlperf_vww_mobilenetv1_int8": 30,
    "person_detect_int8": 27,
    "yolo_face_int8": 56,
    "mcunet_5fps_vww_int8": 100,
    "mobilenetv2_035_160_int8": 64,
    "mobilenetv2_100_224_int8": 67,
}


def staged(model: str, stage: Stage) -> Plan:
    graph = load(model)
    free = tuple(op.id for op in graph.operators if op.kind in ("PAD", "RESHAPE"))
    return lower(graph, replace(default_schedule(graph), alias=free, stages=(stage,), inputs="streamed"), ad_hoc())


def assert_unfolds(plan: Plan) -> None:
    rows = rows_of(plan, banks(plan))
    assert unfold(fold(rows)) == [plain(row) for row in rows]


@pytest.mark.quick(3)
@pytest.mark.parametrize("fresh", ["inside", "apart"])
@pytest.mark.parametrize(
    "model", [pytest.param(m, marks=pytest.mark.slow) if last > 50 else m for m, last in STAGES.items()]
)
def test_a_stage_of_nearly_everything_is_small_and_unfolds_to_its_rows(model: str, fresh: str) -> None:
    plan = staged(model, ByRows(tuple(range(STAGES[model] + 1)), fresh="apart" if fresh == "apart" else "inside"))
    assert_unfolds(plan)
    assert len(plan.steps) > 200
    assert table_bytes(plan) <= MOST_BYTES


def test_plans_by_hand_unfold_to_their_rows() -> None:
    kws, resnet = load("mlperf_kws_dscnn_int8"), load("mlperf_ic_resnet8_int8")
    vww = load("mlperf_vww_mobilenetv1_int8")
    assert_unfolds(default_plan(kws))
    assert_unfolds(row_tiled(resnet, chain_from(resnet, 0, 7), 2, streamed=True))
    assert_unfolds(channel_sliced(vww, chain_from(vww, 2, 4), 5))
    assert_unfolds(prefetched(kws, range(1, 9), 1))
    assert_unfolds(spilled(resnet, resnet.operators[0].outputs[0], until=3))


@pytest.mark.parametrize(
    "stage",
    [
        ByTiles(tuple(range(9)), rows=4, columns=5, anew="all"),
        ByTiles(tuple(range(9)), columns=7),
        ByChannels((2, 3, 4), channels=4),
    ],
    ids=["tiles", "columns", "channels"],
)
def test_other_kinds_of_stages_unfold_to_their_rows(stage: Stage) -> None:
    graph = load("mlperf_vww_mobilenetv1_int8")
    assert_unfolds(lower(graph, replace(default_schedule(graph), stages=(stage,)), ad_hoc()))


@settings(max_examples=examples(40))
@given(st.data())
def test_any_plan_unfolds_to_its_rows(data: st.DataObject) -> None:
    graph = data.draw(nets())
    schedule: Schedule = data.draw(schedules(graph))
    assert_unfolds(lower(graph, schedule, ad_hoc()))


def boxes_of(shape: tuple[int, ...]) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    ranges = [st.tuples(st.integers(0, n - 1), st.integers(1, n)).filter(lambda r: r[0] < r[1]) for n in shape]
    return st.tuples(*ranges)


@st.composite
def views(draw: st.DrawFn) -> CView:
    """Parts of two images, by strides of the whole, of the part, or any; where the part begins, or coordinate 0."""
    shape, first = draw(st.sampled_from([((1, 4, 5, 2), 124), ((1, 3, 3, 3), 400)]))
    box = draw(boxes_of(shape))
    strides = draw(
        st.sampled_from(
            [
                dense(tuple((0, n) for n in shape), 1, 1),
                dense(box, 1, 1),
                draw(st.tuples(*[st.integers(-40, 40)] * 4)),
            ]
        )
    )
    assert strides is not None
    inside = sum(lo * s for (lo, _), s in zip(box, strides, strict=True))
    axes = tuple((lo, hi, s) for (lo, hi), s in zip(box, strides, strict=True))
    return CView(0, axes, first - draw(st.sampled_from([0, inside])), 0, 0, None, 0)


@settings(max_examples=examples(400))
@given(st.lists(st.tuples(views(), views()), min_size=1, max_size=6))
def test_rows_of_any_views_unfold(pairs: list[tuple[CView, CView]]) -> None:
    rows = [Row("kernel", 0, 0, 4, 1, ((read,),), (written,)) for read, written in pairs]
    assert unfold(fold(rows)) == [plain(row) for row in rows]


def test_a_part_with_strides_of_its_image_is_not_packed() -> None:
    whole = ((0, 1, 0), (0, 4, 20), (0, 5, 4), (0, 4, 1))
    part = ((0, 1, 0), (0, 3, 20), (0, 2, 4), (0, 4, 1))
    rows = [Row("kernel", 0, 0, 4, 1, (), (CView(0, axes, 124, 0, 0, None, 0),)) for axes in (whole, part)]
    for row in rows:
        (view,) = (v for v in row.outs if v)
        place = place_of(store_of(view, anchored=True), tuple((lo, hi) for lo, hi, _ in whole))
        assert (place.kind == Strides.PACKED) == (row is rows[0])


@given(st.lists(st.integers(0, 5), max_size=200))
def test_a_grammar_spells_its_sequence(sequence: list[int]) -> None:
    spelled = grammar(sequence, 6)

    def rule(number: int) -> list[int]:
        return [
            letter
            for item in spelled.rules[number]
            for _ in range(item.times)
            for letter in (rule(item.symbol - 6) if item.symbol >= 6 else [item.symbol])
        ]

    assert rule(0) == sequence
    assert sum(map(len, spelled.rules)) <= len(sequence)


def test_rows_of_the_table_are_rows_of_the_plan() -> None:
    plan = staged("mlperf_ic_resnet8_int8", ByRows(tuple(range(13)), rows=2))
    rows = rows_of(plan, banks(plan))
    table = fold(rows)
    assert [table.patterns[letter].row.owner for letter in letters(table)] == [row.owner for row in rows]


@needs_qemu
@pytest.mark.qemu
@pytest.mark.parametrize("last", [None, 12])
def test_the_price_of_a_table_is_what_the_compiler_makes_of_it(tmp_path: Path, last: int | None) -> None:
    model = "mlperf_ic_resnet8_int8"
    plan = staged(model, ByRows(tuple(range(last + 1)))) if last else default_plan(load(model))
    written = export(plan, tmp_path / "out")
    assert written.table_bytes == table_bytes(plan)
    build(written.folder, written.name, "cortex-m4")
    command = ["arm-none-eabi-gcc", "-std=c99", "-mcpu=cortex-m4", "-mthumb", "-O2", "-c", f"{written.name}.c"]
    folders = [f"-I{written.folder / f}" for f in (".", "runtime", "runtime/kernels")]
    subprocess.run([*command, *folders, "-o", "model.o"], cwd=written.folder, check=True)
    listed = subprocess.run(
        ["arm-none-eabi-nm", "-S", "model.o"], cwd=written.folder, check=True, capture_output=True, text=True
    )
    entries = [line.split() for line in listed.stdout.splitlines() if len(line.split()) == 4]
    sizes = {name.split(".")[0]: int(size, 16) for _, size, kind, name in entries if kind == "r"}
    other = {n for n in sizes if n.startswith("values_") or "_params" in n}
    assert sum(size for name, size in sizes.items() if name not in other) == written.table_bytes
