"""Multiply-accumulates of real models, as published with them."""

from __future__ import annotations

import json

import pytest

from mcu_lab.graph.box import Box
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import SPECS, spec_of
from tests.conftest import model_path, shared_folder


def test_macs_of_every_shared_model() -> None:
    manifest = shared_folder("models") / "MANIFEST.json"
    if not manifest.is_file():
        pytest.skip("real models not found: set MCU_LAB_MODELS to the folder that holds them")
    expected, counted = {}, {}
    for entry in json.loads(manifest.read_text())["models"]:
        name = entry["name"].removesuffix(".tflite")
        graph = read_tflite(model_path(name).read_bytes())
        if any(op.kind.endswith(("LSTM", "SVDF")) and op.kind not in SPECS for op in graph.operators):
            continue  # recurrent operators have products too
        expected[name] = entry["macs"]
        counted[name] = sum(
            spec_of(op).macs(graph, op, tuple(Box.full(graph.tensors[t].shape) for t in op.outputs), None)
            for op in graph.operators
            if op.kind in SPECS
        )
    assert len(counted) > 20
    assert counted == expected
