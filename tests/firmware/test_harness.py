"""The harness itself can fail: wrong bytes, wild writes, stack overflows and compiler errors are all noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_lab.errors import InputError
from mcu_lab.execution.executor import execute
from mcu_lab.firmware.export import export
from mcu_lab.firmware.harness import BuildError, build, count_instructions, lockstep, run_image, runtime_objects
from mcu_lab.firmware.targets import tool
from mcu_lab.firmware.vector import TestVector, seeded_vector
from tests.firmware.cases import default_plan, load, needs_gcc, needs_qemu
from tests.firmware.test_export import two_layers

FAULT = 200


def exported_main(folder: Path, body: str) -> tuple[Path, str]:
    """An export of the small graph whose main() is replaced."""
    written = export(default_plan(two_layers()), folder / "out")
    (written.folder / "main.c").write_text(f'#include "two_layers.h"\n#include "board.h"\n{body}\n')
    return written.folder, written.name


@needs_gcc
def test_the_first_row_that_differs_is_named() -> None:
    plan = default_plan(two_layers())
    inputs = seeded_vector(plan.graph).inputs
    run = execute(plan, inputs, trace="written")
    vector = TestVector(inputs, run.outputs)
    assert lockstep(plan, vector, run.checksums).same
    for row in range(len(plan.steps)):
        wrong = [crc ^ (i == row) for i, crc in enumerate(run.checksums)]
        result = lockstep(plan, vector, wrong)
        assert (result.same, result.differs) == (False, row)
    assert lockstep(plan, vector, run.checksums[:-1]).differs == 1
    assert lockstep(plan, vector, (*run.checksums, 0)).differs == 2


@needs_gcc
def test_a_wrong_output_alone_fails_too() -> None:
    plan = default_plan(two_layers())
    inputs = seeded_vector(plan.graph).inputs
    run = execute(plan, inputs, trace="written")
    result = lockstep(plan, TestVector(inputs, {t: v + 1 for t, v in run.outputs.items()}), run.checksums)
    assert result.differs is None
    assert not result.same


@needs_gcc
def test_objects_are_kept_for_who_compiles_the_same_text_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_LAB_OBJECTS", str(tmp_path / "objects"))
    folder = export(default_plan(two_layers()), tmp_path / "out").folder
    gcc = tool("gcc")
    first = {file: file.stat().st_ino for file in runtime_objects(folder, (gcc, "-O0"))}
    assert {file: file.stat().st_ino for file in runtime_objects(folder, (gcc, "-O0"))} == first
    assert not first.keys() & set(runtime_objects(folder, (gcc, "-O1")))
    (source, *_) = (folder / "runtime").glob("*.c")
    source.write_text(source.read_text() + "/* more */\n")
    assert len(first.keys() - set(runtime_objects(folder, (gcc, "-O0")))) == 1
    source.write_text("broken\n")
    before = set((tmp_path / "objects").iterdir())
    with pytest.raises(BuildError, match="broken"):
        runtime_objects(folder, (gcc, "-O0"))
    assert set((tmp_path / "objects").iterdir()) == before, "what fails leaves nothing"


@needs_gcc
def test_a_compiler_error_is_told_in_its_own_words(tmp_path: Path) -> None:
    folder, name = exported_main(tmp_path, "int main(void) { int unused; return 0; }")
    with pytest.raises(BuildError, match="unused"):
        build(folder, name)


@needs_gcc
@pytest.mark.parametrize("header", ["mcu_lab.h", "mcu_fixed_point.h"])
def test_what_a_header_says_is_compiled_anew(tmp_path: Path, header: str) -> None:
    """mcu_lab.h is included by runtime files themselves, mcu_fixed_point.h by headers of theirs."""
    written = export(default_plan(two_layers()), tmp_path / "out")
    build(written.folder, written.name)
    file = written.folder / "runtime" / header
    file.write_text(file.read_text() + '#error "this header changed"\n')
    with pytest.raises(BuildError, match="this header changed"):
        build(written.folder, written.name)


def test_an_unknown_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cortex-m4"):
        build(tmp_path, "x", "z80")


@needs_qemu
@pytest.mark.qemu
@pytest.mark.parametrize(
    "body",
    [
        # A write to constants, one behind the RAM, a jump into data, and a stack that is too deep.
        "int main(void) { *(volatile uint32_t *)(uintptr_t)two_layers_run = 1; return 0; }",
        "int main(void) { *(volatile uint32_t *)0x20400000u = 1; return 0; }",
        "int main(void) { static uint16_t code[] = {0x4770}; ((void (*)(void))((uintptr_t)code | 1u))(); return 0; }",
        "static int deep(volatile int n) { volatile int a[64] = {0}; return n ? deep(n - 1) + a[n % 64] : 0; }\n"
        "int main(void) { return deep(1000); }",
    ],
    ids=["constants", "beyond", "execute", "stack"],
)
def test_wild_accesses_fault_on_the_emulated_core(tmp_path: Path, body: str) -> None:
    report = run_image(build(*exported_main(tmp_path, body), "cortex-m4"))
    assert report.exit_code == FAULT
    assert "fault: exception" in report.text


@needs_qemu
@pytest.mark.qemu
def test_stack_use_is_measured(tmp_path: Path) -> None:
    body = (
        "static __attribute__((noinline)) int use(void) { volatile char a[1000]; a[0] = 1; return a[0]; }\n"
        "int main(void) { board_stack_mark(); use(); const int32_t used = board_stack_bytes();\n"
        "    return used < 1000 || used > 1100; }"
    )
    assert run_image(build(*exported_main(tmp_path, body), "cortex-m4")).exit_code == 0


@needs_qemu
@pytest.mark.qemu
def test_instructions_are_counted_for_every_row() -> None:
    plan = default_plan(load("mlperf_kws_dscnn_int8"))
    vector = seeded_vector(plan.graph)
    counts = count_instructions(plan, vector)
    assert len(counts) == len(plan.steps)
    assert counts == count_instructions(plan, vector)
    convolutions = [n for n, op in zip(counts, plan.graph.operators, strict=True) if op.kind == "CONV_2D"]
    assert min(convolutions) > 100_000
