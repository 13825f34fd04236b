"""A model with operators that cannot be executed is drawn and planned as far as its shapes allow, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import UnsupportedError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import drawn, problems
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import ProblemCode, verify
from mcu_lab.search.fit import fit
from mcu_lab.session.session import Session
from tests.conftest import DATA

MODEL = DATA / "digits_residual_int8.tflite"


def with_unknown(*ids: int) -> Graph:
    """A network some of whose operators nobody knows."""
    graph = read_tflite(MODEL)
    operators = (replace(op, kind="CUSTOM:mystery", attrs={}) if op.id in ids else op for op in graph.operators)
    return replace(graph, operators=tuple(operators))


def test_it_is_planned_and_every_reason_is_told() -> None:
    graph = with_unknown(1, 3)
    session = Session(graph, ad_hoc())
    assert arena_bytes(session.plan) == arena_bytes(Session(read_tflite(MODEL), ad_hoc()).plan)
    found = verify(session.plan)
    assert [(p.code, p.step) for p in found] == [(ProblemCode.UNSUPPORTED, 1), (ProblemCode.UNSUPPORTED, 3)]
    assert all("CUSTOM:mystery cannot be executed: this operator is not supported." in p.message for p in found)
    assert [p.op for p in problems(session.snapshot.graph)] == [1, 3]


def test_it_is_fitted_and_runs_whole_in_every_plan() -> None:
    graph = drawn(with_unknown(2))
    found = fit(graph, ad_hoc())
    assert found.peak_sram_bytes <= arena_bytes(lower(graph, default_schedule(graph), ad_hoc()))
    assert all(2 not in stage.operators for stage in found.schedule.stages)


def test_nothing_runs_and_nothing_is_lost() -> None:
    graph = with_unknown(1)
    opaque = drawn(graph)
    plan = lower(opaque, default_schedule(opaque), ad_hoc())
    with pytest.raises(UnsupportedError, match="mystery"):
        run_reference(opaque, random_inputs(opaque, 0))
    with pytest.raises(Exception, match="cannot be executed"):
        execute(plan, random_inputs(opaque, 0))
    with pytest.raises(UnsupportedError, match="mystery"):
        lower(graph, default_schedule(graph), ad_hoc())
    assert write_tflite(opaque) == write_tflite(graph)
    assert drawn(opaque) is opaque and drawn(read_tflite(MODEL)).operators == read_tflite(MODEL).operators


def test_what_has_no_place_in_a_plan_is_refused(tmp_path: Path) -> None:
    graph = with_unknown(1)
    lost = replace(graph, tensors=(*graph.tensors, replace(graph.tensors[0], id=len(graph.tensors), name="lost")))
    op = replace(lost.operators[1], inputs=(len(graph.tensors),))
    lost = replace(lost, operators=(lost.operators[0], op, *lost.operators[2:]))
    with pytest.raises(UnsupportedError, match="nobody makes it"):
        Session(lost, ad_hoc())
    path = tmp_path / "model.tflite"
    path.write_bytes(write_tflite(lost))
    with pytest.raises(UnsupportedError, match="nobody makes it"):
        Session.open(path)
