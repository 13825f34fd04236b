"""A streamed input arrives row by row: however many are pushed at a time, the bytes are the executor's."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_lab.execution.executor import execute
from mcu_lab.firmware.export import export
from mcu_lab.firmware.harness import build, run_image
from mcu_lab.firmware.vector import TestVector, seeded_vector
from mcu_lab.schedule.model import ByRows
from tests.firmware.cases import assert_same_bytes, default_plan, load, needs_gcc, needs_qemu
from tests.firmware.test_fold import staged
from tests.plan.partial_plans import chain_from, row_tiled

MODEL = "mlperf_ic_resnet8_int8"
ROWS = 32
MISUSE = """
#include "small.h"
#include "small_test_vector.h"
#include "board.h"
static uint8_t arena[SMALL_ARENA_BYTES] MCU_ALIGNED(SMALL_ALIGNMENT);
static uint8_t output[SMALL_OUTPUT_0_ELEMENTS];
static const int8_t *row(int32_t i) { return (const int8_t *)small_test_inputs[0] + i * SMALL_ROW_ELEMENTS; }
static int32_t whole(small_stream_t *s, const small_context_t *c, int32_t step) {
    int32_t wanted = small_begin(s, c);
    for (int32_t i = 0; i < SMALL_ROWS; i += step) {
        const int32_t count = i + step > SMALL_ROWS ? SMALL_ROWS - i : step;
        wanted = small_push_rows(s, row(i), count);
        if (wanted != SMALL_ROWS - i - count) { return 0; }
    }
    if (small_finish(s) != MCU_OK) { return 0; }
    small_get_output(c, 0, output);
    return !memcmp(output, small_test_outputs[0], sizeof output);
}
#define CHECK(number, holds) if (!(holds)) { return number; }
int main(void) {
    static small_stream_t s;
    const small_context_t c = {arena, NULL};
    small_init(&c);
    CHECK(1, small_push_rows(&s, row(0), 1) == MCU_E_ORDER)
    CHECK(2, small_finish(&s) == MCU_E_ORDER)
    CHECK(3, small_begin(&s, NULL) == MCU_E_ARGUMENT && small_begin(NULL, &c) == MCU_E_ARGUMENT)
    CHECK(4, small_begin(&s, &c) == MCU_OK)
    CHECK(5, small_push_rows(&s, NULL, 1) == MCU_E_ARGUMENT && small_push_rows(&s, row(0), -1) == MCU_E_ARGUMENT)
    CHECK(6, small_push_rows(&s, row(0), SMALL_ROWS + 1) == MCU_E_ORDER)
    CHECK(7, small_push_rows(&s, NULL, 0) == SMALL_ROWS)
    CHECK(8, small_push_rows(&s, row(0), 3) == SMALL_ROWS - 3)
    CHECK(9, small_finish(&s) == MCU_E_ORDER)
    CHECK(10, small_push_rows(&s, row(3), 1) == MCU_E_ORDER)
    CHECK(11, whole(&s, &c, 5))
    CHECK(12, small_push_rows(&s, row(0), 1) == MCU_E_ORDER)
    CHECK(13, whole(&s, &c, 1))
    CHECK(14, small_run(&c) == MCU_E_PORT)
    board_print("result pass");
    return 0;
}
"""


@needs_gcc
@pytest.mark.parametrize(
    ("rows", "push"), [(3, 7), *(pytest.param(1, push, marks=pytest.mark.slow) for push in (1, 7, ROWS))]
)
def test_pushed_rows_give_the_same_bytes(rows: int, push: int) -> None:
    assert_same_bytes(staged(MODEL, ByRows(tuple(range(13)), rows=rows)), push=push)


@needs_gcc
@pytest.mark.slow
def test_an_input_that_is_loaded_whole_can_be_pushed_in_rows_too() -> None:
    graph = load(MODEL)
    assert_same_bytes(row_tiled(graph, chain_from(graph, 0, 7), 2, streamed=True), push=5)


@needs_qemu
@pytest.mark.qemu
@pytest.mark.parametrize("push", [1, 7, ROWS])
def test_pushed_rows_on_an_emulated_cortex_m4(push: int) -> None:
    assert_same_bytes(staged(MODEL, ByRows(tuple(range(13)), fresh="apart")), "cortex-m4", push=push)


@needs_gcc
def test_misuse_has_a_code_and_leaves_the_next_inference_alone(tmp_path: Path) -> None:
    plan = staged(MODEL, ByRows(tuple(range(13))))
    inputs = seeded_vector(plan.graph).inputs
    written = export(plan, tmp_path / "out", name="small", vector=TestVector(inputs, execute(plan, inputs).outputs))
    (written.folder / "main.c").write_text(MISUSE)
    report = run_image(build(written.folder, written.name))
    assert report.exit_code == 0, report.text


def test_a_resident_input_is_not_pushed(tmp_path: Path) -> None:
    written = export(default_plan(load(MODEL)), tmp_path / "out")
    assert "push" not in (written.folder / f"{written.name}.h").read_text()
    assert "runtime/mcu_push.c" not in written.files
