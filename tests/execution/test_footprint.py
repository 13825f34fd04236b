"""What running takes is known before, and large operators are computed in pieces with the same bytes."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import LimitError
from mcu_lab.execution import footprint
from mcu_lab.execution.executor import execute
from mcu_lab.execution.footprint import computed, working_bytes
from mcu_lab.execution.oracle import compare
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.box import Box
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.limits import RUN_BYTES
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops.spec import Region
from tests.conftest import DATA
from tests.plan.tiny import Net

OWN = sorted(DATA.glob("*.tflite"))


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_pieces_give_the_same_bytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = read_tflite(path)
    inputs = random_inputs(graph, 0)
    plan = lower(graph, default_schedule(graph), ad_hoc())
    whole, executed = run_reference(graph, inputs), execute(plan, inputs).outputs
    monkeypatch.setattr(footprint, "PIECE_BYTES", 1 << 16)
    in_pieces = run_reference(graph, inputs)
    assert {t: a.tobytes() for t, a in whole.items()} == {t: a.tobytes() for t, a in in_pieces.items()}
    assert {t: a.tobytes() for t, a in executed.items()} == {
        t: a.tobytes() for t, a in execute(plan, inputs).outputs.items()
    }


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_no_kernel_takes_more_than_estimated(path: Path) -> None:
    graph = read_tflite(path)
    values = dict(run_reference(graph, random_inputs(graph, 0)))
    for op in graph.operators:
        tensors = [graph.tensors[t] if t >= 0 else None for t in op.inputs]
        regions = tuple(
            t and Region(Box.full(t.shape), t.array if t.is_const else values[t.id]) for t in tensors
        )  # fmt: skip
        writes = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
        tracemalloc.start()
        computed(graph, op, writes, regions)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # Tables and small objects take some, however small the tensors.
        assert peak_bytes <= working_bytes(graph, op, writes) + (1 << 17), op


def huge() -> Net:
    return Net((1, 46_000, 46_000, 1))


def test_huge_models_are_refused_before_memory_is_taken() -> None:
    net = huge()
    graph = net.graph(net.conv(net.input, 1))
    plan = lower(graph, default_schedule(graph), ad_hoc())
    tracemalloc.start()
    for run in (
        lambda: random_inputs(graph, 0),
        lambda: run_reference(graph, {}),
        lambda: execute(plan, {}),
        lambda: compare(graph, b"", {}),
    ):
        with pytest.raises(LimitError, match=rf"at most [\d,]+ are allowed.*{RUN_BYTES.variable}"):
            run()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1 << 24


def test_far_offsets_are_refused_before_memory_is_taken() -> None:
    net = Net((1, 4, 4, 2))
    graph = net.graph(net.relu(net.input))
    plan = lower(graph, replace(default_schedule(graph), pins=(("t0", 1 << 40),)), ad_hoc())
    with pytest.raises(LimitError, match="running the plan takes 1,099,511"):
        execute(plan, random_inputs(graph, 0))


def test_the_environment_raises_and_lowers_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net((1, 8, 8, 2))
    graph = net.graph(net.conv(net.input, 4))
    inputs = random_inputs(graph, 0)
    monkeypatch.setenv(RUN_BYTES.variable, "1000")
    with pytest.raises(LimitError, match="at most 1,000 are allowed"):
        run_reference(graph, inputs)
    monkeypatch.setenv(RUN_BYTES.variable, str(1 << 40))
    assert run_reference(graph, inputs)
