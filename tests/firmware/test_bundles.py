"""Several models in one export: each gives its own bytes, whatever the turns; names, files and figures."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Link, Memory
from mcu_lab.errors import InputError, UnsupportedError
from mcu_lab.execution.executor import Execution
from mcu_lab.execution.turns import execute_turns
from mcu_lab.firmware.export import Export, export, export_bundle
from mcu_lab.firmware.harness import STACK_BYTES, WARNINGS, RunReport, build, run_image
from mcu_lab.firmware.targets import NATIVE
from mcu_lab.firmware.vector import TestVector, Turns
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.lowering.together import together
from mcu_lab.plan.bundle import Bundle, bundle_bytes
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import verify
from mcu_lab.search.fit import fit
from tests.conftest import DATA, FULL, part
from tests.firmware.cases import default_plan, load, needs_gcc, needs_qemu
from tests.firmware.test_export import HOSTILE, MEANINGFUL, MEMORIES, two_layers
from tests.plan.broken_plans import taking_turns, with_buffer
from tests.plan.bundles import turns_of, with_plan
from tests.plan.test_bundles import counting
from tests.plan.tiny import chain

OWN = ("digits_cnn_int8", "digits_two_branch_int8")
SHARED = ("mlperf_kws_dscnn_int8", "okay_nabu_streaming_int8")


def bundle_of(*graphs: Graph) -> Bundle:
    return together({f"{k} {graph.name}": default_plan(graph) for k, graph in enumerate(graphs)})


def run_turns(
    bundle: Bundle, folder: Path, target: str = NATIVE, *, count: int = 100, seed: int = 1, reset: bool = False
) -> RunReport:
    """So many turns in random order, in C and by the executor: the same checksums of all rows, and the same outputs."""
    graphs = {name: plan.graph for name, plan in bundle.plans.items()}
    turns = [*((name, _first(graph, seed)) for name, graph in graphs.items()), *turns_of(graphs, count, seed)]
    runs = list(execute_turns(bundle, turns, trace="written"))
    written = export_bundle(bundle, folder, vector=_vector(turns, runs))
    report = run_image(build(written.folder, written.name, target, mode="trace"))
    assert report.passed, report.text[-2000:]
    assert report.checksums == tuple(crc for run in runs for crc in run.checksums)
    assert report.outputs == tuple(_outputs(bundle, turns, runs))
    return report


def _vector(turns: list[tuple[str, dict[int, np.ndarray]]], runs: list[Execution]) -> Turns:
    """These turns, and what came out of each, for an export to store."""
    frames: dict[str, list[tuple[Mapping[int, np.ndarray], Mapping[int, np.ndarray]]]] = {}
    for (name, inputs), run in zip(turns, runs, strict=True):
        frames.setdefault(name, []).append((inputs, run.outputs))
    return Turns({name: TestVector.of(found) for name, found in frames.items()}, tuple(name for name, _ in turns))


def _first(graph: Graph, seed: int) -> dict[int, np.ndarray]:
    ((_, inputs),) = turns_of({"": graph}, 1, seed + 99)
    return inputs


def _outputs(bundle: Bundle, turns: list[tuple[str, dict[int, np.ndarray]]], runs: list[Execution]) -> Iterator[bytes]:
    for (name, _), run in zip(turns, runs, strict=True):
        yield from (run.outputs[t].tobytes() for t in bundle.plans[name].graph.outputs)


@needs_gcc
def test_turns_of_small_models(tmp_path: Path) -> None:
    """One that remembers, one with codes, one more: what lasts of each survives the others."""
    run_turns(taking_turns(), tmp_path / "out")


@needs_gcc
@pytest.mark.slow
def test_turns_of_own_models(tmp_path: Path) -> None:
    bundle = together({name: fit(load_own(name), ad_hoc()).plan for name in OWN})
    assert verify(bundle) == ()
    run_turns(bundle, tmp_path / "out", count=part(100, 3))


def load_own(name: str) -> Graph:
    return read_tflite(DATA / f"{name}.tflite")


@needs_gcc
@pytest.mark.slow
def test_turns_of_public_models(tmp_path: Path) -> None:
    bundle = fitted(*SHARED)
    assert verify(bundle) == ()
    assert bundle_bytes(bundle) < sum(arena_bytes(fit(load(name), ad_hoc()).plan) for name in SHARED)
    run_turns(bundle, tmp_path / "out")


@needs_qemu
@pytest.mark.qemu
def test_turns_on_an_emulated_cortex_m4(tmp_path: Path) -> None:
    report = run_turns(fitted(*SHARED), tmp_path / "out", "cortex-m4")
    assert report.stack_bytes is not None
    assert 0 < report.stack_bytes < STACK_BYTES


def fitted(*models: str) -> Bundle:
    return together({name: fit(load(name), ad_hoc()).plan for name in models})


@needs_gcc
def test_a_state_on_anothers_arena_is_seen_in_c(tmp_path: Path) -> None:
    """Run though it does not verify: expected is what each model gives alone."""
    bundle = together({"a": default_plan(counting(1)), "b": default_plan(counting(2))})
    plan = bundle.plans["b"]
    state = bundle.plans["a"].buffer[f"t{bundle.plans['a'].graph.states[0]}"]
    for name in (plan.at_start[0].buffer, f"t{plan.graph.states[0]}"):
        broken = with_plan(bundle, "b", with_buffer(plan, name, offset=state.offset))
        assert verify(broken)
        graphs = {n: p.graph for n, p in bundle.plans.items()}
        turns = turns_of(graphs, 10, 3)
        vector = _vector(turns, list(execute_turns(bundle, turns)))
        for tried, passes in ((bundle, True), (broken, False)):
            written = export_bundle(tried, tmp_path / name / str(passes), vector=vector)
            assert run_image(build(written.folder, written.name)).passed == passes


@needs_gcc
def test_behind_its_last_frame_a_model_begins_anew(tmp_path: Path) -> None:
    """Turns go on, the stored frames again and again, each time from the state that the model starts with."""
    bundle = together({"counts": default_plan(counting(5)), "chain": default_plan(chain())})
    graphs = {name: plan.graph for name, plan in bundle.plans.items()}
    turns = [("counts", _first(graphs["counts"], k)) for k in range(3)] + [("chain", _first(graphs["chain"], 0))]
    runs = list(execute_turns(bundle, turns))
    vectors = {
        "counts": TestVector.of((turns[k][1], runs[k].outputs) for k in range(3)),
        "chain": TestVector.of([(turns[3][1], runs[3].outputs)]),
    }
    order = ("counts", "chain", "counts", "counts", "chain", "counts", "counts", "chain", "counts", "counts")
    written = export_bundle(bundle, tmp_path / "out", vector=Turns(vectors, order))
    assert run_image(build(written.folder, written.name)).passed
    source = written.folder / f"{written.models['counts']}.c"
    text = source.read_text()
    source.write_text(text.replace("memset(context->arena", "memset(context->arena + 1", 1))
    assert source.read_text() != text
    assert not run_image(build(written.folder, written.name)).passed


@needs_gcc
def test_constants_in_ram_and_out_of_reach(tmp_path: Path) -> None:
    """Both models have weights in a memory that only the port reaches, and some that are copied to RAM at first."""
    away = Memory("away", "external", 1 << 20, 4, reach=False)
    device = ad_hoc()
    device = replace(device, memories=(*device.memories, away), links=(Link("away", device.arena, 1e6, 1.0),))
    plans = {}
    for name, graph in (("first", two_layers("a")), ("second", two_layers("b")), ("chain", chain())):
        constants = [t.id for t in graph.tensors if t.is_const and graph.readers.get(t.id)]
        storage = tuple(sorted([(constants[0], "away"), (constants[1], device.arena)]))
        plans[name] = lower(graph, replace(default_schedule(graph), storage=storage), device)
    bundle = together(plans)
    assert verify(bundle) == ()
    written = export_bundle(bundle, tmp_path / "names", name="p")
    assert [f for f in written.files if f.endswith(".bin")] == ["p_away.bin"]
    text = (written.folder / "p_weights.c").read_text()
    assert text.count("p_first_start_") and not text.count("p_second_start_")
    run_turns(bundle, tmp_path / "out", count=20)


def test_one_folder_one_runtime(tmp_path: Path) -> None:
    bundle = together({"kws": default_plan(two_layers()), "counts": default_plan(counting())})
    written = export_bundle(bundle, tmp_path / "out", name="both")
    assert written.models == {"kws": "both_kws", "counts": "both_counts"}
    assert {"both.h", "both.c", "both_weights.c", "both_kws.h", "both_kws.c", "both_counts.c"} <= set(written.files)
    assert written.arena_bytes == bundle_bytes(bundle)
    assert f"#define BOTH_ARENA_BYTES {bundle_bytes(bundle)}\n" in (written.folder / "both.h").read_text()
    assert "both_counts_reset(" in (written.folder / "both_counts.h").read_text()
    assert "reset(" not in (written.folder / "both_kws.h").read_text()
    assert "both_kws_set_input(&context" in (written.folder / "README.md").read_text()
    again = export_bundle(bundle, tmp_path / "again", name="both")
    assert again.files == written.files
    assert all((again.folder / f).read_bytes() == (written.folder / f).read_bytes() for f in written.files)


def test_a_bundle_replaces_an_export_and_the_other_way_round(tmp_path: Path) -> None:
    export(default_plan(two_layers()), tmp_path / "out")
    written = export_bundle(bundle_of(two_layers(), counting()), tmp_path / "out")
    assert not (tmp_path / "out" / "two_layers.h").exists()
    export(default_plan(two_layers()), tmp_path / "out")
    assert not (tmp_path / "out" / f"{written.name}.h").exists()


@needs_gcc
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_runs_the_self_test(tmp_path: Path) -> None:
    written = export_bundle(bundle_of(two_layers(), counting()), tmp_path / "out")
    done = subprocess.run(["make", "test"], cwd=written.folder, capture_output=True, text=True)
    assert done.returncode == 0 and "result pass" in done.stdout, done.stdout + done.stderr


def assert_compiles(written: Export) -> None:
    """All of it as one program, without warnings; and the headers in C++, each of them first."""
    assert len({f.lower() for f in written.files}) == len(written.files)
    build(written.folder, written.name)
    if shutil.which("g++"):
        for first in (written.name, *written.models.values()):
            header = f'#include "{first}.h"\n{written.name}_context_t context;\n'
            header += "".join(
                f"int32_t (*f_{m})(const {written.name}_context_t *) = {m}_run;\n" for m in written.models.values()
            )
            command = ["g++", *WARNINGS[1:-2], "-Werror", "-fsyntax-only", "-Iruntime", "-I.", "-x", "c++", "-"]
            subprocess.run(command, cwd=written.folder, check=True, input=header.encode())


NAMES: list[tuple[str, ...]] = [
    ("a", "A", "a!", " a "),
    ("kws", "kws_v2", "kws_run", "kws_input_0", "kws_test", "kws_start_1"),
    ("kws_run_rows", "kws_run", "kws", "k"),
    ("weights", "init", "arena", "memories", "model", "model2_weights", "context", "test", "test_vector", "check"),
    ("p", "p_p", "p_p_p", ""),
    ("main", "board", "mcu_lab", "int", "class", "README", "Makefile"),
]  # fmt: skip


@pytest.mark.quick(1)
@needs_gcc
@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0])
def test_names_that_are_alike_stay_apart(tmp_path: Path, names: tuple[str, ...]) -> None:
    plans = [default_plan(counting(k + 1)) if k % 2 else default_plan(two_layers()) for k in range(len(names))]
    written = export_bundle(together(dict(zip(names, plans, strict=True))), tmp_path / "out", name="p")
    assert len(set(written.models.values())) == len(names)
    assert_compiles(written)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize(
    "texts", [*zip(HOSTILE[::2], HOSTILE[1::2], strict=True), tuple(MEANINGFUL[:8]), tuple(MEANINGFUL[8:])]
)
def test_hostile_names_stay_text(tmp_path: Path, texts: tuple[str, ...]) -> None:
    plans = {text: default_plan(two_layers(text, text)) for text in texts}
    written = export_bundle(together(plans), tmp_path / "in" / "out")
    assert {p.name for p in (tmp_path / "in").iterdir()} == {"out"}
    assert_compiles(written)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("memory", MEMORIES if FULL else MEMORIES[::3])
def test_memories_may_be_called_as_models_are(tmp_path: Path, memory: str) -> None:
    device = ad_hoc()
    device = replace(device, memories=(*device.memories, Memory(memory, "sram", 1 << 20, 4)))
    graph = two_layers()
    plan = lower(graph, replace(default_schedule(graph), storage=((2, memory),)), device)
    written = export_bundle(together({memory or "x": plan, "y": plan}), tmp_path / "out", name="p")
    assert_compiles(written)


def test_what_is_refused(tmp_path: Path) -> None:
    bundle = bundle_of(two_layers(), counting())
    for vector in (
        Turns({}, ("x",)),
        Turns({name: TestVector({}, {}) for name in bundle.plans}, tuple(bundle.plans)),
    ):
        with pytest.raises(InputError):
            export_bundle(bundle, tmp_path / "out", vector=vector)
    with pytest.raises(InputError, match="target"):
        export_bundle(bundle, tmp_path / "out", target="rust")
    graph = two_layers()
    strange = replace(graph, operators=(graph.operators[0], replace(graph.operators[1], kind="CUSTOM:x")))
    plan = replace(default_plan(graph), graph=strange)
    with pytest.raises(UnsupportedError):
        export_bundle(together({"a": plan, "b": default_plan(graph)}), tmp_path / "out")
    assert not (tmp_path / "out").exists()
