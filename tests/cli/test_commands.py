"""Each command on real files: what it prints, what it writes, and its exit code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.device import boards
from mcu_lab.device.load import FOLDER
from mcu_lab.execution.reference import random_frames, random_inputs, reference_frames, run_reference
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, live_bytes, macs, peak_bytes
from mcu_lab.search.techniques import PARTIAL, TECHNIQUES
from mcu_lab.search.tflm import tflm_problem
from mcu_lab.session.session import Session
from tests.cli.conftest import Command
from tests.conftest import DATA, model_path

TWO_BRANCH, CNN = DATA / "digits_two_branch_int8.tflite", DATA / "digits_cnn_int8.tflite"
#: Fits that search over everything, and as quick ones those that keep tensors whole.
EVERYTHING = pytest.param((), marks=pytest.mark.slow, id="everything")
WHOLE = pytest.param(("--use", "order,alias,inplace"), id="whole")
COMMANDS = ["boards", "show", "report", "fit", "bundle", "reorder", "check", "verify", "run", "export"]


def outputs_of(path: Path) -> dict[str, np.ndarray]:
    """What the model in a file gives for the input that seed 0 gives."""
    graph = read_tflite(path)
    values = run_reference(graph, random_inputs(graph, 0))
    return {graph.tensors[t].name: values[t] for t in graph.outputs}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command: str, mcu_lab: Command) -> None:
    result = mcu_lab(command, "--help")
    assert result.code == 0
    assert "--json" in result.out
    assert command == "boards" or f"Example: mcu-lab {command} " in result.out


def test_help_lists_every_command(mcu_lab: Command) -> None:
    assert all(f" {command} " in mcu_lab("--help").out for command in COMMANDS)


def test_python_m_is_the_command() -> None:
    command = [sys.executable, "-m", "mcu_lab", "show", "no-such-model"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mcu-lab: no-such-model") and done.stderr.count("\n") == 1


def test_boards(mcu_lab: Command) -> None:
    listed = mcu_lab("boards", "--json").json["boards"]
    assert [b["id"] for b in listed] == [d.id for d in boards()]
    assert all(b["source"] and b["core"]["source"] and all(m["source"] for m in b["memories"]) for b in listed)
    text = mcu_lab("boards")
    assert [line.split()[0] for line in text.out.splitlines()[1:]] == [d.id for d in boards()]


def test_show_has_the_plans_figures(mcu_lab: Command) -> None:
    plan = Session.open(TWO_BRANCH, "nucleo-f446re").plan
    result = mcu_lab("show", TWO_BRANCH, "--board", "nucleo-f446re")
    assert result.code == 0
    assert f"Arena {arena_bytes(plan):,} B" in result.out and "NUCLEO-F446RE" in result.out
    shown = mcu_lab("show", TWO_BRANCH, "--board", "nucleo-f446re", "--json").json
    assert (shown["arena_bytes"], shown["flash_bytes"]) == (arena_bytes(plan), flash_bytes(plan))
    assert [row["live_bytes"] for row in shown["rows"]] == list(live_bytes(plan))
    assert shown["device"] == "nucleo-f446re"


def test_show_says_by_its_exit_code_whether_it_fits(mcu_lab: Command) -> None:
    arena = arena_bytes(Session.open(TWO_BRANCH).plan)
    assert mcu_lab("show", TWO_BRANCH, "--sram", arena).code == 0
    short = mcu_lab("show", TWO_BRANCH, "--sram", arena - 1, "--json")
    assert short.code == 1 and short.json["fits"] is False
    assert mcu_lab("show", TWO_BRANCH, "--flash", "1k").code == 1


def test_check_compares_every_tensor(mcu_lab: Command) -> None:
    result = mcu_lab("check", TWO_BRANCH, "--json")
    made = [t for op in read_tflite(TWO_BRANCH).operators for t in op.outputs]
    assert result.code == 0
    assert [t["tensor"] for t in result.json["tensors"]] == made
    assert result.json["equal"] and result.json["plan_equal"] and result.json["skipped"] == []
    assert f"{len(made)} of {len(made)} tensors" in mcu_lab("check", TWO_BRANCH, "--seed", 1).out


def test_check_notices_a_difference(mcu_lab: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_bytes(graph: object, model: bytes, inputs: object) -> object:
        damaged = bytearray(model)
        at = model.index(bytes(read_tflite(TWO_BRANCH).tensors[weights].data or b""))
        damaged[at] ^= 0x40
        return real(graph, bytes(damaged), inputs)

    from mcu_lab.cli import proving

    real, weights = proving.compare_frames, read_tflite(TWO_BRANCH).operators[0].inputs[1]
    monkeypatch.setattr(proving, "compare_frames", other_bytes)
    result = mcu_lab("check", TWO_BRANCH)
    assert result.code == 1 and "DIFFERS" in result.out


@pytest.mark.parametrize("use", [EVERYTHING, WHOLE])
def test_fit_json_has_what_it_promises(use: tuple[str, ...], mcu_lab: Command) -> None:
    found = mcu_lab("fit", TWO_BRANCH, *use, "--json").json
    graph = read_tflite(TWO_BRANCH)
    stored = lower(graph, default_schedule(graph), Session.open(TWO_BRANCH).snapshot.device)
    promised = {
        "model", "sha256", "device", "peak_sram_bytes", "live_bound_bytes", "default_peak_bytes", "proven_optimal",
        "macs", "mac_factor", "flash_bytes", "fits", "schedule", "seconds",
    }  # fmt: skip
    assert promised <= found.keys()
    assert (found["model"], found["sha256"], found["device"]) == (TWO_BRANCH.name, graph.sha256, "ad-hoc")
    assert found["default_peak_bytes"] == peak_bytes(stored)
    assert found["lower_bound_bytes"] <= found["live_bound_bytes"] <= found["peak_sram_bytes"] < peak_bytes(stored)
    assert found["proven_optimal"] == (found["lower_bound_bytes"] == found["peak_sram_bytes"])
    # Rows that nobody reads are not made.
    assert found["macs"] <= macs(stored) and found["mac_factor"] == found["macs"] / macs(stored)
    assert sorted(found["schedule"]["order"]) == [op.id for op in graph.operators]


@pytest.mark.parametrize("use", [EVERYTHING, WHOLE])
def test_fit_that_does_not_fit_reports_the_smallest_plan(use: tuple[str, ...], mcu_lab: Command) -> None:
    least = mcu_lab("fit", TWO_BRANCH, *use, "--json").json["peak_sram_bytes"]
    assert mcu_lab("fit", TWO_BRANCH, *use, "--sram", least).code == 0
    result = mcu_lab("fit", TWO_BRANCH, *use, "--sram", least - 1, "--json")
    assert result.code == 1
    assert result.json["fits"] is False and result.json["peak_sram_bytes"] == least
    assert f"{least:,} B" in result.json["reason"]
    told = mcu_lab("fit", TWO_BRANCH, *use, "--sram", least - 1)
    assert told.code == 1 and result.json["reason"] in told.out


@pytest.mark.slow
def test_the_front_and_the_least_work_that_fits(mcu_lab: Command, tmp_path: Path) -> None:
    document = tmp_path / "front.mcuplan.json"
    found = mcu_lab("fit", CNN, "--front", "--json", "-o", document).json
    arenas = [point["arena_bytes"] for point in found["points"]]
    assert arenas == sorted(arenas) and arena_bytes(Session.open(document).plan) == arenas[0]
    shown = mcu_lab("fit", CNN, "--front")
    assert all(f"{arena:,}" in shown.out for arena in arenas)
    roomy = mcu_lab("fit", CNN, "--least", "macs", "--json").json
    assert roomy["schedule"].get("stages", []) == [] and roomy["peak_sram_bytes"] >= arenas[-1]
    assert mcu_lab("fit", CNN, "--least", "time").code != 0


def test_use_none_keeps_the_files_order_and_tensors_apart(mcu_lab: Command) -> None:
    found = mcu_lab("fit", TWO_BRANCH, "--use", "none", "--json").json
    assert found["schedule"]["order"] == list(range(len(read_tflite(TWO_BRANCH).operators)))
    assert not {"alias", "in_place", "stages"} & set(found["schedule"])
    assert found["live_bound_bytes"] == found["default_peak_bytes"]


@pytest.mark.parametrize(
    "use", [pytest.param(use, marks=[pytest.mark.slow] if use in PARTIAL else []) for use in sorted(TECHNIQUES)]
)
def test_use_allows_nothing_else(use: str, mcu_lab: Command) -> None:
    decided = mcu_lab("fit", DATA / "digits_residual_int8.tflite", "--use", use, "--json").json["schedule"]
    changed = {
        "order": decided["order"] != sorted(decided["order"]),
        "alias": "alias" in decided,
        "inplace": "in_place" in decided,
    }
    assert {name for name, done in changed.items() if done} <= {use}


def test_a_plan_keeps_a_board_of_ones_own_when_its_file_is_gone(mcu_lab: Command, tmp_path: Path) -> None:
    shutil.copy(TWO_BRANCH, tmp_path / "m.tflite")
    shipped = FOLDER / "boards" / "stm32f746g-disco.toml"
    mine, plan = tmp_path / "mine.toml", tmp_path / "p.mcuplan.json"
    mine.write_text(shipped.read_text().replace('name = "STM32F746G-DISCO"', 'name = "Mine"').replace("320", "100"))
    assert mcu_lab("fit", tmp_path / "m.tflite", "--board", mine, "--seconds", "1", "-o", plan).code == 0
    mine.unlink()
    assert "Fits Mine" in mcu_lab("show", plan).out and " of 100 KiB" in mcu_lab("show", plan).out
    assert mcu_lab("verify", plan).code == 0
    assert mcu_lab("export", plan, "-o", tmp_path / "fw").code == 0


@pytest.mark.parametrize(
    "model", [pytest.param(TWO_BRANCH, marks=pytest.mark.slow), CNN], ids=lambda path: str(path.stem)
)
def test_a_plan_goes_from_fit_through_every_command(model: Path, mcu_lab: Command, tmp_path: Path) -> None:
    document = tmp_path / "fitted.mcuplan.json"
    least = mcu_lab("fit", model, "--json").json["peak_sram_bytes"]
    fitted = mcu_lab("fit", model, "--sram", least, "--json", "-o", document)
    assert json.loads(document.read_text())["order"] == fitted.json["schedule"]["order"]

    steps = len(Session.open(document).plan.steps)
    assert mcu_lab("verify", document, "--json").json == {"verified": True, "steps": steps, "problems": []}
    shown = mcu_lab("show", document, "--json").json
    assert shown["arena_bytes"] == shown["limit_bytes"] == least
    assert mcu_lab("check", document).code == 0

    arrays = tmp_path / "out.npz"
    assert mcu_lab("run", document, "--output", arrays).code == 0
    with np.load(arrays) as got:
        assert {name: got[name].tobytes() for name in got.files} == {
            name: array.tobytes() for name, array in outputs_of(model).items()
        }

    exported = mcu_lab("export", document, "-o", tmp_path / "c", "--json").json
    assert exported["arena_bytes"] == least
    assert {str(f.relative_to(tmp_path / "c")) for f in (tmp_path / "c").rglob("*") if f.is_file()} >= set(
        exported["files"]
    )
    report = mcu_lab("report", document, "-o", tmp_path / "r.html", "--json").json
    assert report["bytes"] == (tmp_path / "r.html").stat().st_size


@pytest.mark.parametrize("use", [EVERYTHING, WHOLE])
def test_verify_finds_a_moved_buffer(use: tuple[str, ...], mcu_lab: Command, tmp_path: Path) -> None:
    document = tmp_path / "two.mcuplan.json"
    mcu_lab("fit", TWO_BRANCH, *use, "-o", document)
    decisions = json.loads(document.read_text())
    decisions["model"]["path"] = str(Path("..") / Path(*[".."] * len(tmp_path.parts)) / TWO_BRANCH.relative_to("/"))
    decisions["offsets"] = dict.fromkeys(decisions["offsets"], 0)
    document.write_text(json.dumps(decisions))
    result = mcu_lab("verify", document, "--json")
    assert result.code == 1
    assert result.json["verified"] is False and result.json["problems"]
    assert all(p["code"] and p["message"] for p in result.json["problems"])
    refused = mcu_lab("export", document, "-o", tmp_path / "c")
    assert refused.code == 1 and not (tmp_path / "c").exists()


@pytest.mark.parametrize("use", [EVERYTHING, WHOLE])
def test_fitting_a_plan_keeps_its_pins_and_way_of_input(use: tuple[str, ...], mcu_lab: Command, tmp_path: Path) -> None:
    document, again = tmp_path / "a.mcuplan.json", tmp_path / "b.mcuplan.json"
    mcu_lab("fit", TWO_BRANCH, *use, "--input", "streamed", "-o", document)
    decisions = json.loads(document.read_text())
    pinned = {f"t{read_tflite(TWO_BRANCH).outputs[0]}": 4096}
    decisions["pins"] = pinned
    document.write_text(json.dumps(decisions))
    assert mcu_lab("fit", document, *use, "-o", again).code == 0
    kept = json.loads(again.read_text())
    assert (kept["pins"], kept["inputs"]) == (pinned, "streamed")


def test_run_takes_arrays_by_name_or_by_id(mcu_lab: Command, tmp_path: Path) -> None:
    graph = read_tflite(TWO_BRANCH)
    ((tensor, values),) = random_inputs(graph, 5).items()
    results = []
    for name in (graph.tensors[tensor].name, str(tensor)):
        np.savez(tmp_path / "in.npz", **{name: values})
        results.append(mcu_lab("run", TWO_BRANCH, "--input", tmp_path / "in.npz", "--json").json)
    assert results[0] == results[1] == mcu_lab("run", TWO_BRANCH, "--seed", 5, "--json").json
    assert results[0] != mcu_lab("run", TWO_BRANCH, "--seed", 6, "--json").json


@pytest.mark.parametrize("offline", [(), ("--offline-plan",)])
def test_reorder_gives_the_same_bytes_with_less_live(
    offline: tuple[str, ...], mcu_lab: Command, tmp_path: Path
) -> None:
    better = tmp_path / "better.tflite"
    told = mcu_lab("reorder", TWO_BRANCH, "-o", better, "--json", *offline).json
    before, after = (tflm_problem(read_tflite(path)) for path in (TWO_BRANCH, better))
    assert told["default_peak_bytes"] == before.peak_bytes(before.file_order)
    assert told["peak_bytes"] == after.peak_bytes(after.file_order) < told["default_peak_bytes"]
    assert told["sha256"] == read_tflite(better).sha256
    assert {n: a.tobytes() for n, a in outputs_of(better).items()} == {
        n: a.tobytes() for n, a in outputs_of(TWO_BRANCH).items()
    }
    assert ("OfflineMemoryAllocation" in read_tflite(better).metadata) == bool(offline)
    if offline:
        assert told["planned_bytes"] >= told["peak_bytes"]


@pytest.mark.slow
def test_a_shared_model(mcu_lab: Command) -> None:
    path = model_path("mlperf_kws_dscnn_int8")
    assert mcu_lab("fit", path, "--board", "nucleo-f446re").code == 0
    assert mcu_lab("verify", path, "--board", "nucleo-f446re").code == 0


def test_state_is_checked_and_run_in_frames(mcu_lab: Command, tmp_path: Path) -> None:
    model = model_path("okay_nabu_streaming_int8")
    told = mcu_lab("check", model)
    assert told.code == 0 and "in 4 runs one after the other" in told.out
    graph, given = read_tflite(model), tmp_path / "frames.npz"
    frames = random_frames(graph, 3, 5)
    np.savez(given, **{str(t): np.stack([frame[t] for frame in frames]) for t in graph.inputs})
    assert mcu_lab("run", model, "--frames", 5, "--input", given, "--output", tmp_path / "out.npz").code == 0
    with np.load(tmp_path / "out.npz") as out:
        (found,) = (out[name] for name in out.files)
    (t,) = graph.outputs
    np.testing.assert_array_equal(found, np.stack([values[t] for values in reference_frames(graph, frames)]))
    assert mcu_lab("run", model, "--frames", 4, "--input", given).code == 2
