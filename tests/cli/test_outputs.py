"""What commands write takes the place of nothing that is there unasked, and never of what they read.

``MCU_LAB_FOLDERS=200 python -m pytest tests/cli/test_outputs.py`` tries more folders.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from mcu_lab.cli import proving
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.cli.conftest import Command
from tests.cli.test_bad_input import refused
from tests.conftest import DATA
from tests.files.strangers import ODD_NAMES, seen_in, strange_folder

MODEL = DATA / "digits_mlp_int8.tflite"
CASES = int(os.environ.get("MCU_LAB_FOLDERS", 12))
#: Command -> its arguments after the model, the option that names the output, and the output's name.
WRITERS = {
    "reorder": ((), "-o", "out.tflite"),
    "report": ((), "-o", "out.html"),
    "fit": (("--use", "none"), "-o", "out.mcuplan.json"),
    "bundle": (("--use", "none"), "-o", "out.mcubundle.json"),
    "run": ((), "--output", "out.npz"),
    "export": ((), "-o", "out"),
}


@pytest.mark.parametrize("command", ["reorder", "report", "fit", "bundle", "run"])
def test_a_file_that_is_there_stays_unless_overwriting_is_allowed(
    command: str, mcu_lab: Command, tmp_path: Path
) -> None:
    options, output, name = WRITERS[command]
    place = tmp_path / name
    place.write_text("mine")
    refused(mcu_lab(command, MODEL, *options, output, place), name, "already")
    assert place.read_text() == "mine"
    assert mcu_lab(command, MODEL, *options, output, place, "--overwrite").code == 0
    assert place.read_bytes() != b"mine"


@pytest.mark.parametrize("way", ["same", "link", "hard link", "another spelling"])
@pytest.mark.parametrize("command", ["reorder", "report", "run"])
def test_the_model_is_never_written_over(command: str, way: str, mcu_lab: Command, tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    shutil.copy(MODEL, model)
    place = {"same": model, "another spelling": tmp_path / "x" / ".." / "m.tflite"}.get(way, tmp_path / "other.tflite")
    (tmp_path / "x").mkdir()
    if way == "link":
        place.symlink_to("m.tflite")
    elif way == "hard link":
        os.link(model, place)
    before = seen_in(tmp_path)
    refused(mcu_lab(command, model, WRITERS[command][1], place, "--overwrite"), "made from")
    assert seen_in(tmp_path) == before


def test_neither_a_plan_nor_its_model_nor_an_input_is_written_over(mcu_lab: Command, tmp_path: Path) -> None:
    model, plan, given = tmp_path / "m.tflite", tmp_path / "m.mcuplan.json", tmp_path / "in.npz"
    shutil.copy(MODEL, model)
    assert mcu_lab("fit", model, "--use", "none", "-o", plan).code == 0
    graph = read_tflite(model)
    np.savez(given, **{graph.tensors[t].name: array for t, array in random_inputs(graph, 0).items()})  # type: ignore[arg-type]
    before = seen_in(tmp_path)
    for place in (model, plan):
        refused(mcu_lab("report", plan, "-o", place, "--overwrite"), "made from")
        refused(mcu_lab("run", plan, "--output", place, "--overwrite"), "made from")
    refused(mcu_lab("run", plan, "--input", given, "--output", given, "--overwrite"), "made from")
    assert seen_in(tmp_path) == before
    assert mcu_lab("fit", plan, "--use", "none", "-o", plan, "--overwrite").code == 0


@pytest.mark.parametrize("place", ["/dev/null", "pipe", "protected"])
@pytest.mark.parametrize("command", ["reorder", "report", "run"])
def test_devices_pipes_and_protected_files_stay_what_they_are(
    command: str, place: str, mcu_lab: Command, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "protected").write_text("mine")
    (tmp_path / "protected").chmod(0o444)
    before, device = seen_in(tmp_path), os.stat("/dev/null").st_rdev
    result = mcu_lab(command, MODEL, WRITERS[command][1], tmp_path / place, "--overwrite")
    refused(result, "cannot be written")
    assert seen_in(tmp_path) == before and os.stat("/dev/null").st_rdev == device


@pytest.mark.slow
@pytest.mark.parametrize("command", WRITERS)
def test_nothing_foreign_ever_changes(command: str, mcu_lab: Command, tmp_path: Path) -> None:
    """Outputs named as what is there already, as what leads elsewhere, and as nothing yet."""
    options, output, name = WRITERS[command]
    written = 0
    for case in range(CASES):
        random = Random(case)
        folder = tmp_path / f"f{case}"
        strange_folder(random, folder, random.choice([[name], [], [f"{name}/main.c"], [f"{name}/Makefile"]]))
        shutil.copy(MODEL, folder / "m.tflite")
        roots = (folder, folder.with_name(f"{folder.name}-elsewhere"))
        before = seen_in(*roots)
        existing = sorted(Path(path).relative_to(folder) for path in before if path.startswith(f"{folder}/"))
        place = folder / (random.choice(existing) if random.random() < 0.3 else random.choice([name, "new/" + name]))
        new = not os.path.lexists(place)
        result = mcu_lab(command, folder / "m.tflite", *options, output, place)
        assert "Traceback" not in result.err and result.code in (0, 2), (case, result.err)
        after = seen_in(*roots)
        assert {path: after.get(path) for path in before} == before, (case, place)
        if result.code:
            assert after == before and result.err.count("\n") == 1, case
        else:
            written += 1
            assert new or command == "export", (case, place)
    assert written


def test_odd_names_are_shown_as_text(mcu_lab: Command, tmp_path: Path) -> None:
    for name in (*ODD_NAMES, "[/bold].tflite", "[/red]"):
        for suffix in ("", ".tflite", ".mcuplan.json"):
            path = tmp_path / f"{name.replace('/', '')}{suffix}"
            if len(path.name) > 250:
                continue
            path.write_bytes(b"nonsense")
            result = mcu_lab("show", path)
            assert result.code == 2 and result.err.count("\n") == 1 and result.err[:-1].isprintable()
    model = tmp_path / "[bold]\x1b[31m.tflite"
    shutil.copy(MODEL, model)
    told = mcu_lab("fit", model, "--front", "-o", tmp_path / "\x1b[31m.mcuplan.json")
    assert told.code == 0 and "\x1b" not in told.out and "[bold]" in told.out


def test_outputs_of_one_name_or_of_none_are_all_written(mcu_lab: Command, tmp_path: Path) -> None:
    graph = read_tflite(MODEL)
    out = graph.outputs[0]
    for name in (graph.tensors[graph.inputs[0]].name, "", "a\0b", "\x1b[31m", "n" * 70_000, "file", "a/b"):
        tensors = tuple(replace(t, name=name) if t.id == out else t for t in graph.tensors)
        model, arrays = tmp_path / "m.tflite", tmp_path / "out.npz"
        model.write_bytes(write_tflite(replace(graph, tensors=tensors)))
        result = mcu_lab("run", model, "--output", arrays, "--overwrite")
        assert result.code == 0 and all(line.isprintable() for line in result.out.splitlines())
        with np.load(arrays) as got:
            assert [got[n].size for n in got.files] == [graph.tensors[out].elements]


def test_two_outputs_of_one_name_are_told_apart() -> None:
    graph = read_tflite(MODEL)
    tensors = tuple(replace(t, name="same") for t in graph.tensors)
    assert proving._names(replace(graph, tensors=tensors), [3, 5]) == ("3", "5")
    assert proving._names(graph, [graph.outputs[0]]) == (graph.tensors[graph.outputs[0]].name,)


def test_inputs_that_are_no_files_do_not_hold_up(mcu_lab: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    refused(mcu_lab("run", MODEL, "--input", tmp_path / "pipe.npz"), "pipe.npz", "regular")
    refused(mcu_lab("run", MODEL, "--input", "/dev/zero"), "zero", "regular")
    for command in ("show", "check", "verify"):
        refused(mcu_lab(command, tmp_path / "pipe.npz"), "pipe.npz", "regular")
        refused(mcu_lab(command, MODEL, "--model", MODEL), "no plan")
