"""What is wrong is told in one sentence, with exit code 2, and nothing is written."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.cli.proving import read_arrays
from mcu_lab.errors import InputError
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.tflite_read import read_tflite
from tests.cli.conftest import Command, Result
from tests.conftest import DATA

MLP = DATA / "digits_mlp_int8.tflite"
GRAPH = read_tflite(MLP)
INPUT = GRAPH.tensors[GRAPH.inputs[0]]


def refused(result: Result, *words: str) -> None:
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("mcu-lab: ") and result.err.count("\n") == 1
    assert all(word in result.err for word in words), result.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--board", "nucleo-f446"], ["'nucleo-f446'", "Did you mean nucleo-f446re"]),
        (["--board", "nothing.toml"], ["nothing.toml"]),
        (["--board", "nucleo-f446re", "--sram", "64k"], ["both"]),
        (["--sram", "lots"], ["--sram", "'lots'", "64k"]),
        (["--sram", ""], ["--sram"]),
        (["--sram", "nan"], ["--sram"]),
        (["--sram", "inf"], ["--sram"]),
        (["--flash", "0"], ["--flash", "'0'"]),
        (["--use", "magic"], ["--use", "magic", "inplace"]),
        (["--input", "sideways"], ["--input", "'sideways'"]),
        (["--max-macs", "0.5"], ["0.5"]),
        (["--max-macs", "nan"], ["nan"]),
        (["--max-macs", "1e308"], ["1e+308"]),
        (["--max-macs", "inf"], ["inf"]),
        (["-o", "plan.json"], ["plan.json", ".mcuplan.json"]),
    ],
)
def test_options_of_fit(options: list[str], words: list[str], mcu_lab: Command) -> None:
    refused(mcu_lab("fit", MLP, *options), *words)


def test_damaged_and_missing_models(mcu_lab: Command, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(MLP.read_bytes()[:5000])
    refused(mcu_lab("show", cut), "cut.tflite")
    refused(mcu_lab("show", tmp_path), "Is a directory")
    refused(mcu_lab("show", "n" * 300), "File name too long")
    refused(mcu_lab("check", tmp_path / "none.tflite"), "none.tflite")
    refused(mcu_lab("reorder", cut, "-o", tmp_path / "out.tflite"), "cut.tflite")
    assert not (tmp_path / "out.tflite").exists()


def test_damaged_documents(mcu_lab: Command, tmp_path: Path) -> None:
    document = tmp_path / "p.mcuplan.json"
    document.write_text("{")
    refused(mcu_lab("verify", document), "p.mcuplan.json")
    model = tmp_path / "m.tflite"
    model.write_bytes(MLP.read_bytes())
    refused(mcu_lab("fit", model, "-o", document), "p.mcuplan.json", "already")
    mcu_lab("fit", model, "-o", document, "--overwrite")
    assert mcu_lab("verify", document).code == 0
    model.write_bytes((DATA / "digits_cnn_int8.tflite").read_bytes())
    refused(mcu_lab("verify", document), "m.tflite", "sha256")
    model.unlink()
    refused(mcu_lab("verify", document), "m.tflite")


def test_commands_and_options_that_do_not_exist(mcu_lab: Command) -> None:
    for arguments in (["shrink"], ["show"], ["show", MLP, "--colour"], ["run", MLP, "--seed", "x"]):
        assert mcu_lab(*arguments).code == 2


@pytest.mark.parametrize("command", ["report", "reorder", "export"])
def test_places_that_cannot_be_written(command: str, mcu_lab: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    for place in (tmp_path / "file" / "x", tmp_path / ("n" * 300)):
        refused(mcu_lab(command, MLP, "-o", place), str(place))
    assert (tmp_path / "file").read_bytes() == b"kept"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_export_does_not_mix_with_other_files(mcu_lab: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.c").write_text("mine")
    refused(mcu_lab("export", MLP, "-o", tmp_path), "holds files")
    refused(mcu_lab("export", MLP, "-o", tmp_path / "c", "--target", "rust"), "rust")
    assert mcu_lab("export", MLP, "-o", tmp_path, "--overwrite").code == 0
    assert (tmp_path / "mine.c").read_text() == "mine"


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_inputs_of_the_wrong_name_shape_and_type(mcu_lab: Command, tmp_path: Path) -> None:
    right = np.zeros(INPUT.shape, INPUT.dtype)
    path = tmp_path / "in.npz"
    for arrays, words in (
        ({"other": right}, ["'other'", INPUT.name]),
        ({INPUT.name: right[0]}, ["shape", INPUT.name]),
        ({INPUT.name: right[:, :4].astype(np.int16)}, ["int16"]),
        ({}, ["no values", INPUT.name]),
    ):
        refused(mcu_lab("run", MLP, "--input", npz(path, **arrays)), *words)


def test_inputs_that_could_do_harm(mcu_lab: Command, tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    pickled = npz(path, **{INPUT.name: np.array([{"a": 1}], dtype=object)})
    refused(mcu_lab("run", MLP, "--input", pickled), "in.npz", "allow_pickle")
    large = tmp_path / "large.npz"
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{INPUT.name}.npy", bytes(50_000_000))
    refused(mcu_lab("run", MLP, "--input", large), "50,000,000 bytes")
    refused(mcu_lab("run", MLP, "--input", MLP), MLP.name)
    refused(mcu_lab("run", MLP, "--input", tmp_path / "none.npz"), "none.npz")


def test_a_header_that_lies_about_the_size(mcu_lab: Command, tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|i1", "fortran_order": False, "shape": (1 << 62,)})
    path = tmp_path / "in.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{INPUT.name}.npy", header.getvalue() + bytes(8))
    refused(mcu_lab("run", MLP, "--input", path), "in.npz")


def test_mutants_of_an_archive_are_read_or_refused(tmp_path: Path) -> None:
    """Any other exception fails the test."""
    path = tmp_path / "in.npz"
    np.savez_compressed(path, **{INPUT.name: random_inputs(GRAPH, 0)[INPUT.id]})  # type: ignore[arg-type]
    sound = path.read_bytes()
    rng = random.Random(1)
    refusals = 0
    for _ in range(400):
        mutant = bytearray(sound)
        for _ in range(rng.choice((1, 1, 2, 8))):
            mutant[rng.randrange(len(mutant))] = rng.choice((0, 255, rng.randrange(256)))
        path.write_bytes(mutant if rng.random() < 0.8 else mutant[: rng.randrange(len(mutant))])
        try:
            read_arrays(path, GRAPH)
        except InputError as error:
            refusals += 1
            assert error.where == path.name
    assert refusals
