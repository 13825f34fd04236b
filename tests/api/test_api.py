"""The public names, each on a model of data/."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mcu_lab
from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import InputError, ModelError
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.rewriting import RemoveUnread
from tests.conftest import DATA, model_path, shared_folder

TWO_BRANCH = DATA / "digits_two_branch_int8.tflite"


def python(script: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_is_light() -> None:
    heavy = ("bokeh", "ortools", "jupyterlab", "ipywidgets", "numpy", "typer")
    loaded = python(f"import sys, mcu_lab; print([m for m in {heavy} if m in sys.modules], mcu_lab.__version__)")
    assert loaded == f"[] {mcu_lab.__version__}"


def test_who_draws_nothing_does_not_wait_for_bokeh() -> None:
    assert python(f"import sys, mcu_lab; mcu_lab.lower({str(TWO_BRANCH)!r}); print('bokeh' in sys.modules)") == "False"


def test_no_module_ever_hides_a_public_name() -> None:
    script = (
        "import importlib, pkgutil, mcu_lab\n"
        "for m in pkgutil.iter_modules(mcu_lab.__path__, 'mcu_lab.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "print(*[n for n in mcu_lab.__all__ if getattr(mcu_lab, n) is not getattr(mcu_lab.api, n)])"
    )
    assert python(script) == ""


def test_names() -> None:
    assert set(mcu_lab.__all__) <= set(dir(mcu_lab))
    assert all(getattr(mcu_lab, name).__doc__ for name in mcu_lab.__all__)
    with pytest.raises(AttributeError, match="'shrink'"):
        _ = mcu_lab.shrink


def test_load_takes_files_and_names_of_the_zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mcu_lab.load(TWO_BRANCH) == mcu_lab.load(str(TWO_BRANCH)) == read_tflite(TWO_BRANCH)
    shared = model_path("mlperf_kws_dscnn_int8")
    monkeypatch.setenv("MCU_LAB_MODELS", str(shared_folder("models")))
    known = next(name for name in mcu_lab.zoo.names() if "kws" in name and (shared.parent / f"{name}.tflite").is_file())
    assert mcu_lab.load(known).sha256 == read_tflite(shared.parent / f"{known}.tflite").sha256
    with pytest.raises(ModelError, match="nothing"):
        mcu_lab.load("nothing")


def test_boards() -> None:
    assert len(mcu_lab.boards()) >= 12
    assert [d.sram_bytes for d in mcu_lab.boards()] == sorted(d.sram_bytes for d in mcu_lab.boards())


def test_lower_takes_a_board_sizes_or_nothing() -> None:
    board = mcu_lab.boards()[0]
    assert mcu_lab.lower(TWO_BRANCH, device=board.id).device == board
    assert mcu_lab.lower(TWO_BRANCH, device=board).device == board
    assert mcu_lab.lower(TWO_BRANCH, sram=5000).device == ad_hoc(5000)
    assert mcu_lab.lower(TWO_BRANCH).device == ad_hoc()
    with pytest.raises(InputError, match="both"):
        mcu_lab.lower(TWO_BRANCH, device=board, flash=5000)


def test_from_model_to_proof() -> None:
    graph = mcu_lab.load(DATA / "digits_cnn_int8.tflite")
    stored = mcu_lab.lower(graph)
    assert [step.op for step in stored.steps] == [op.id for op in graph.operators]
    best = mcu_lab.fit(graph, sram=arena_bytes(stored) - 1)
    assert best.fits and best.peak_sram_bytes < arena_bytes(stored)
    assert mcu_lab.verify(best.plan) == ()
    assert mcu_lab.lower(graph, best.schedule, best.plan.device) == best.plan


def test_fit_with_nothing_allowed_keeps_the_file() -> None:
    graph = mcu_lab.load(TWO_BRANCH)
    kept = mcu_lab.fit(graph, use=())
    assert kept.schedule.order == default_schedule(graph).order
    assert kept.live_bound_bytes == kept.default_peak_bytes


def test_executing_a_plan_gives_what_running_the_model_gives() -> None:
    graph = mcu_lab.load(DATA / "digits_cnn_int8.tflite")
    plan = mcu_lab.fit(graph).plan
    inputs = random_inputs(graph, 3)
    by_name = {graph.tensors[t].name: array for t, array in inputs.items()}
    values = mcu_lab.run(graph, inputs)
    for executed in (mcu_lab.execute(plan, inputs), mcu_lab.execute(plan, by_name), mcu_lab.execute(plan, seed=3)):
        assert executed.outputs.keys() == set(graph.outputs)
        assert all(np.array_equal(executed.outputs[t], values[t]) for t in graph.outputs)
    assert values.keys() >= {t for op in graph.operators for t in op.outputs}


def test_timeline_and_table_show_the_arena() -> None:
    plan = mcu_lab.lower(TWO_BRANCH, device="nucleo-f446re")
    assert mcu_lab.timeline(plan).figure.title.text in mcu_lab.table(plan)
    assert f"Arena {arena_bytes(plan):,} B" in mcu_lab.table(plan)


def test_report_and_export_write_what_they_say(tmp_path: Path) -> None:
    plan = mcu_lab.lower(TWO_BRANCH, device="nucleo-f446re")
    written = mcu_lab.report(plan, tmp_path / "report.html")
    assert written == tmp_path / "report.html" and f"{arena_bytes(plan):,} B" in written.read_text()
    exported = mcu_lab.export(plan, tmp_path / "firmware")
    assert exported.arena_bytes == arena_bytes(plan)
    assert all((exported.folder / name).is_file() for name in exported.files)


def test_a_session_is_the_same_model() -> None:
    session = mcu_lab.Session.open(TWO_BRANCH, "nucleo-f446re")
    assert session.plan == mcu_lab.lower(TWO_BRANCH, device="nucleo-f446re")


def test_a_graph_is_rewritten_by_name_or_by_value() -> None:
    graph = mcu_lab.load(TWO_BRANCH)
    less = mcu_lab.rewrite(replace(graph, outputs=graph.operators[0].outputs, signatures=()), "remove-unread")
    assert [op.kind for op in less.operators] == [graph.operators[0].kind]
    assert mcu_lab.lower(less).graph is less
    assert mcu_lab.rewrite(graph, RemoveUnread()) is graph is mcu_lab.rewrite(graph)
    with pytest.raises(InputError, match="no rewrite 'shrink'"):
        mcu_lab.rewrite(TWO_BRANCH, "shrink")
