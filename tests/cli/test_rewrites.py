"""A rewritten graph on the command line: said by show, made by fit, kept in the plan, and used by all commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.schedule.document import load
from tests.cli.conftest import Command
from tests.conftest import DATA
from tests.rewriting.models import with_outputs

#: A search over whole tensors, which is over at once.
WHOLE = ("--use", "order,alias,inplace")
WORDS = "remove what no output needs"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of which nobody wants more than what its fifth operator makes."""
    whole = read_tflite(DATA / "digits_residual_int8.tflite")
    path = tmp_path / "more.tflite"
    path.write_bytes(write_tflite(with_outputs(whole, whole.operators[4].outputs[0])))
    return path


def test_show_says_what_a_rewrite_would_remove(model: Path, mcu_lab: Command) -> None:
    told = mcu_lab("show", model)
    assert f"Can be rewritten: {WORDS}: " in told.out and "B of constants that no output needs." in told.out
    assert mcu_lab("show", model, "--json").json["rewrites"] == []
    assert "rewritten" not in mcu_lab("show", DATA / "digits_cnn_int8.tflite").out


def test_fit_rewrites_and_every_command_takes_its_plan(model: Path, mcu_lab: Command, tmp_path: Path) -> None:
    plan, again = tmp_path / "less.mcuplan.json", tmp_path / "again.mcuplan.json"
    whole = mcu_lab("fit", model, *WHOLE, "--json").json
    found = mcu_lab("fit", model, "--rewrite", "remove-unread", "-o", plan, "--json").json
    assert (found["rewrites"], found["sha256"]) == (["remove_unread"], read_tflite(model).sha256)
    assert found["macs"] < whole["macs"] and sorted(found["schedule"]["order"]) == [0, 1, 2, 3, 4]
    assert [rewrite.type for rewrite in load(plan).rewrites] == ["remove_unread"]
    told = mcu_lab("show", plan)
    assert f"Rewritten: {WORDS}: " in told.out
    shown = mcu_lab("show", plan, "--json").json
    assert (shown["rewrites"], shown["arena_bytes"]) == (["remove_unread"], found["peak_sram_bytes"])
    for command in ("verify", "check", "run"):
        assert mcu_lab(command, plan).code == 0
    assert mcu_lab("check", plan).out.endswith("The plan's outputs equal the model's.\n")
    assert mcu_lab("run", plan).out == mcu_lab("run", model).out
    assert mcu_lab("export", plan, "-o", tmp_path / "firmware").code == 0
    mcu_lab("fit", plan, *WHOLE, "--rewrite", "remove_unread", "-o", again)
    assert load(again).rewrites == load(plan).rewrites, "a plan keeps its rewrites, each once"
    assert mcu_lab("fit", plan, *WHOLE, "--front", "-o", again, "--overwrite").code == 0
    assert load(again).rewrites == load(plan).rewrites


def test_a_rewrite_that_is_none_is_one_sentence(model: Path, mcu_lab: Command, tmp_path: Path) -> None:
    refused = mcu_lab("fit", model, "--rewrite", "\x1b[31mprune")
    assert refused.code == 2 and refused.err.count("\n") == 1 and "\x1b" not in refused.err
    assert "There is fold-constants, remove-unread." in refused.err
    plan = tmp_path / "more.mcuplan.json"
    mcu_lab("fit", model, *WHOLE, "-o", plan)
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"rewrites": [{"type": "prune"}]}))
    refused = mcu_lab("show", plan)
    assert refused.code == 2 and "There is no rewrite 'prune'" in refused.err
