"""What an export writes, and where: the folder, the names, the build files, the refusals."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Link, Memory
from mcu_lab.errors import InputError, UnsupportedError
from mcu_lab.execution.executor import execute
from mcu_lab.firmware.export import MARKER, Export, export
from mcu_lab.firmware.harness import WARNINGS, build, run_image
from mcu_lab.firmware.kernels import kernel_of, missing_kernels
from mcu_lab.firmware.layout import banks
from mcu_lab.firmware.vector import TestVector, seeded_vector
from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes
from tests.firmware.cases import assert_same_bytes, default_plan, needs_gcc

#: Names of models, and of memories, that mean something elsewhere.
MEANINGFUL = [
    "move", "string", "stdint", "test", "runtime", "main", "guard", "mcu_lab", "board", "features", "math", "assert",
    "time", "errno", "class", "new", "linux", "int", "find", "check", "reach", "set", "input", "output", "run", "read",
    "transfer", "print", "table", "values", "pending", "all", "x_t", "uint8_t", "MCU", "Features",
]  # fmt: skip
MEMORIES = [
    "port", "arena", "weights", "context", "memory", "int", "*/ evil", "", "sram 1", "sram.1", "class", "init",
    "start_2", "test_inputs", "uint8_t", "linux", "ARENA", "run", "input", "weights_2", "??/", "set_input",
]  # fmt: skip
GOLDEN = Path(__file__).parent / "golden"
HOSTILE = [
    "*/ int main(void) { return 0; } /*",
    "??/\nint x;",
    "\\\n#error",
    "a" * 5000,
    "@name@ @definitions@",
    "ünï\u202ecode\0",
    "../../etc/passwd",
    "`$(rm -rf x)`",
]


def two_layers(name: str = "two layers", tensor_name: str = "x") -> Graph:
    """A RESHAPE and a FULLY_CONNECTED with small fixed numbers."""
    weights = np.arange(-6, 6, dtype=np.int8).reshape(3, 4)
    bias = np.array([10, -20, 30], np.int32)
    q = Quant((0.5,), (1,))
    tensors = (
        Tensor(0, tensor_name, (1, 2, 2), "int8", q),
        Tensor(1, f"{tensor_name} flat", (1, 4), "int8", q),
        Tensor(2, f"{tensor_name} weights", (3, 4), "int8", Quant((0.25,), (0,)), weights.tobytes()),
        Tensor(3, f"{tensor_name} bias", (3,), "int32", Quant((0.125,), (0,)), bias.tobytes()),
        Tensor(4, f"{tensor_name} out", (1, 3), "int8", Quant((0.75,), (-2,))),
    )
    dense = {
        "fused_activation_function": "NONE",
        "weights_format": "DEFAULT",
        "keep_num_dims": False,
        "asymmetric_quantize_inputs": False,
    }
    operators = (
        Operator(0, "RESHAPE", (0,), (1,), {"new_shape": (1, 4)}),
        Operator(1, "FULLY_CONNECTED", (1, 2, 3), (4,), dense),
    )
    return Graph(name, tensors, operators, (0,), (4,))


def files_in(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_plan_gives_the_same_files(tmp_path: Path) -> None:
    plan = default_plan(two_layers())
    first = export(plan, tmp_path / "a")
    export(plan, tmp_path / "b")
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")
    assert first.files == tuple(sorted(files_in(tmp_path / "a")))
    assert first.arena_bytes == arena_bytes(plan)


@pytest.mark.parametrize("file", ["two_layers.h", "two_layers.c", "two_layers_weights.c"])
def test_generated_text_is_as_it_was_read_and_approved(tmp_path: Path, file: str) -> None:
    """To renew after a wanted change: export ``two_layers()`` into a folder and copy the file here."""
    export(default_plan(two_layers()), tmp_path / "out")
    assert (tmp_path / "out" / file).read_text() == (GOLDEN / file).read_text()


def test_only_what_the_rows_name_is_exported(tmp_path: Path) -> None:
    written = export(default_plan(two_layers()), tmp_path / "out")
    kernels = {f for f in written.files if f.startswith("runtime/kernels/") and f.endswith(".c")}
    assert kernels == {"runtime/kernels/fully_connected_int8.c", "runtime/kernels/move.c"}


@pytest.mark.quick(3)
@needs_gcc
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(tmp_path: Path, text: str) -> None:
    plan = default_plan(two_layers(text, text))
    written = export(plan, tmp_path / "in" / "out")
    assert {p.name for p in tmp_path.iterdir()} == {"in"}
    assert {p.name for p in (tmp_path / "in").iterdir()} == {"out"}
    assert_compiles(written)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("name", MEANINGFUL)
def test_a_name_means_nothing_to_anybody_else(tmp_path: Path, name: str) -> None:
    """Neither another of our files, nor a header, a word of C or C++, or a function of main.c; by any compiler."""
    written = export(default_plan(two_layers()), tmp_path / "out", name=name)
    assert len({f.lower() for f in written.files}) == len(written.files)
    assert_compiles(written)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("names", [*zip(MEMORIES, [*MEMORIES[1:], "x"], strict=True)])
def test_memories_may_be_called_anything(tmp_path: Path, names: tuple[str, str]) -> None:
    """Two of them hold constants from the start: one that the caller provides, one out of reach."""
    graph = two_layers()
    more = (Memory(names[0], "sram", 1 << 20, 4), Memory(names[1], "external", 1 << 20, 4, reach=False))
    device = ad_hoc()
    device = replace(device, memories=(*device.memories, *more), links=(Link(names[1], device.arena, 1e6, 1.0),))
    schedule = replace(default_schedule(graph), storage=((2, names[0]), (3, names[1])))
    plan = lower(graph, schedule, device)
    assert len({bank.c_name for bank in banks(plan)}) == len(banks(plan)) == 4
    assert_compiles(export(plan, tmp_path / "out"))


def assert_compiles(written: Export) -> None:
    """What is generated, by gcc and clang, and the header in C++, where these are installed."""
    sources = [f for f in written.files if f.endswith(".c") and not f.startswith("runtime/")]
    flags = ["-fsyntax-only", "-Iruntime", "-Iruntime/kernels", "-I."]
    for compiler in filter(shutil.which, ("gcc", "clang")):
        subprocess.run([compiler, *WARNINGS, *flags, *sources], cwd=written.folder, check=True)
    if shutil.which("g++"):
        header = f'#include "{written.name}.h"\n{written.name}_context_t context;\n'
        command = ["g++", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *flags, "-x", "c++", "-"]
        subprocess.run(command, cwd=written.folder, check=True, input=header.encode())


@pytest.mark.parametrize("name", ["../../escape", "/tmp/escape", "a/b", "..", "main"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    written = export(default_plan(two_layers()), tmp_path / "out", name=name)
    assert {p.name for p in tmp_path.iterdir()} == {"out"}
    assert all("/" not in f or f.startswith("runtime/") for f in written.files)
    assert len(written.files) == len(set(written.files))


def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="no export made"):
        export(default_plan(two_layers()), tmp_path)
    assert files_in(tmp_path) == {"mine.txt": b"mine"}


def test_overwriting_keeps_what_is_not_ours(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "main.c").write_text("old")
    export(default_plan(two_layers()), folder, overwrite=True)
    assert (folder / "mine.txt").read_text() == "mine"
    assert (folder / "main.c").read_text() != "old"


def test_an_earlier_export_is_replaced_whole(tmp_path: Path) -> None:
    export(default_plan(two_layers("first")), tmp_path / "out")
    export(default_plan(two_layers("second")), tmp_path / "out")
    names = set(files_in(tmp_path / "out"))
    assert "second.c" in names
    assert "first.c" not in names
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_links_in_the_folder_do_not_lead_out_of_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.txt").write_text("safe")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "main.c").symlink_to(outside / "victim.txt")
    (folder / "runtime").symlink_to(outside)
    export(default_plan(two_layers()), folder, overwrite=True)
    assert files_in(outside) == {"victim.txt": b"safe"}
    assert not (folder / "runtime").is_symlink()


def test_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    graph = two_layers()
    bad = TestVector({0: np.zeros((1, 3), np.int8)}, {})
    with pytest.raises(InputError, match="int8"):
        export(default_plan(graph), tmp_path / "out", vector=bad)
    with pytest.raises(InputError, match="target"):
        export(default_plan(graph), tmp_path / "out", target="rust")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="not a folder"):
        export(default_plan(two_layers()), tmp_path / "out", overwrite=True)
    assert (tmp_path / "out").read_text() == "mine"


def test_all_operators_without_a_kernel_are_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcu_lab.firmware.kernels.kernel_of", lambda graph, op: None)
    plan = default_plan(two_layers())
    assert len(missing_kernels(plan.graph)) == 2
    with pytest.raises(UnsupportedError, match=r"RESHAPE.*FULLY_CONNECTED"):
        export(plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_dtype_without_a_kernel_is_told_apart() -> None:
    graph = two_layers()
    wide = replace(graph, tensors=tuple(replace(t, dtype="int16") if t.id == 4 else t for t in graph.tensors))
    assert kernel_of(graph, graph.operators[1])
    assert kernel_of(wide, wide.operators[1]) is None


@pytest.mark.slow
@needs_gcc
def test_make_test_compares_the_stored_outputs(tmp_path: Path) -> None:
    plan = default_plan(two_layers())
    inputs = seeded_vector(plan.graph).inputs
    outputs = dict(execute(plan, inputs).outputs)
    written = export(plan, tmp_path / "out", vector=TestVector(inputs, outputs))
    done = subprocess.run(["make", "-s", "test"], cwd=written.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "result pass" in done.stdout

    wrong = {t: values ^ 1 for t, values in outputs.items()}
    export(plan, written.folder, vector=TestVector(inputs, wrong))
    done = subprocess.run(["make", "-s", "test"], cwd=written.folder, capture_output=True, text=True)
    assert done.returncode != 0
    assert "bytes that differ: 3" in done.stdout


@pytest.mark.skipif(shutil.which("cmake") is None, reason="no cmake on this machine: install the package `cmake`")
@needs_gcc
def test_cmake_builds_a_self_test_that_passes(tmp_path: Path) -> None:
    plan = default_plan(two_layers())
    inputs = seeded_vector(plan.graph).inputs
    written = export(plan, tmp_path / "out", vector=TestVector(inputs, dict(execute(plan, inputs).outputs)))
    build = tmp_path / "build"
    for command in (
        ["cmake", "-S", str(written.folder), "-B", str(build)],
        ["cmake", "--build", str(build), "--target", f"{written.name}_test"],
        [str(build / f"{written.name}_test")],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "result pass" in done.stdout


@needs_gcc
def test_the_library_reports_what_is_wrong(tmp_path: Path) -> None:
    """A context without an arena, with a misaligned one, and indices that do not exist give codes, not crashes."""
    written = export(default_plan(two_layers()), tmp_path / "out")
    (written.folder / "main.c").write_text(
        '#include "two_layers.h"\n'
        "static uint8_t arena[TWO_LAYERS_ARENA_BYTES + 16] MCU_ALIGNED(16);\n"
        "int main(void) {\n"
        "    int8_t values[4] = {0};\n"
        "    two_layers_context_t context = {.arena = NULL};\n"
        "    int wrong = two_layers_init(NULL) != MCU_E_ARGUMENT;\n"
        "    wrong += two_layers_init(&context) != MCU_E_ARGUMENT;\n"
        "    context.arena = arena + 1;\n"
        "    wrong += two_layers_init(&context) != MCU_E_ARGUMENT;\n"
        "    context.arena = arena;\n"
        "    wrong += two_layers_init(&context) != MCU_OK;\n"
        "    wrong += two_layers_set_input(&context, 1, values) != MCU_E_ARGUMENT;\n"
        "    wrong += two_layers_set_input(&context, -1, values) != MCU_E_ARGUMENT;\n"
        "    wrong += two_layers_set_input(&context, 0, NULL) != MCU_E_ARGUMENT;\n"
        "    wrong += two_layers_get_output(&context, 7, values) != MCU_E_ARGUMENT;\n"
        "    wrong += two_layers_set_input(&context, 0, values) != MCU_OK;\n"
        "    wrong += two_layers_run(&context) != MCU_OK;\n"
        "    return wrong;\n"
        "}\n"
    )
    (written.folder / "board_host.c").unlink()
    (written.folder / f"{written.name}_test_vector.c").unlink()
    report = run_image(build(written.folder, written.name))
    assert report.exit_code == 0, report.text


@needs_gcc
def test_sources_are_freestanding(tmp_path: Path) -> None:
    """Model and runtime compile without a hosted environment and ask for memcpy and memset at most."""
    written = export(default_plan(two_layers()), tmp_path / "out")
    wanted = {"memcpy", "memset"}
    own: set[str] = set()
    asked: set[str] = set()
    for file in ("two_layers.c", "two_layers_weights.c", *(f for f in written.files if f.startswith("runtime/"))):
        if not file.endswith(".c"):
            continue
        object_file = tmp_path / "x.o"
        flags = ["-ffreestanding", "-fno-builtin", "-fno-pie", "-O2", "-Iruntime", "-Iruntime/kernels", "-I."]
        subprocess.run(["gcc", *WARNINGS, *flags, "-c", file, "-o", object_file], cwd=written.folder, check=True)
        for line in subprocess.run(["nm", object_file], capture_output=True, text=True, check=True).stdout.splitlines():
            kind, symbol = line.split()[-2:]
            (asked if kind == "U" else own).add(symbol)
            assert kind not in "BbCDd", f"{file} has writable global data: {symbol}"
    assert asked - own - {"_GLOBAL_OFFSET_TABLE_"} <= wanted


def test_the_marker_lists_the_files_with_what_is_in_them(tmp_path: Path) -> None:
    written = export(default_plan(two_layers()), tmp_path / "out")
    lines = (written.folder / MARKER).read_text().splitlines()
    listed = {path: digest for digest, path in (line.split("  ") for line in lines)}
    assert listed == {f: sha256((written.folder / f).read_bytes()).hexdigest() for f in written.files if f != MARKER}


@needs_gcc
def test_the_small_graph_is_exact() -> None:
    assert_same_bytes(default_plan(two_layers()))


def test_a_missing_tool_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from mcu_lab.errors import ToolMissing
    from mcu_lab.firmware.targets import tool

    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ToolMissing, match=r"qemu-system-arm.*apt install"):
        tool("qemu-system-arm")
