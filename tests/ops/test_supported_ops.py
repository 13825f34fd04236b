"""docs/SUPPORTED_OPS.md is what the operators' files say today, and what they say holds."""

from __future__ import annotations

from mcu_lab.firmware.kernels import kernel_of
from mcu_lab.firmware.operator_table import c_dtypes, supported_ops
from mcu_lab.graph.ir import Graph
from mcu_lab.ops import SPECS
from tests.conftest import ROOT
from tests.ops import element_cases, one_operator
from tests.plan.tiny import Net

CASES = {**element_cases.CASES, **one_operator.CASES}


def _assigning() -> Graph:
    net = Net((1, 2, 2, 1))
    net.assign(net.state((1, 2, 2, 1)), net.input)
    return net.graph(net.input)


def _reading() -> Graph:
    net = Net((1, 2, 2, 1))
    return net.graph(net.read(net.state((1, 2, 2, 1))))


STATE = (_reading(), _assigning())


def test_the_committed_page_is_current() -> None:
    assert (ROOT / "docs" / "SUPPORTED_OPS.md").read_text(encoding="utf-8") == supported_ops(), "run make docs"


def test_every_operator_has_one_row() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in supported_ops().splitlines() if line.startswith("| ")]
    assert rows == ["Operator", *sorted(SPECS)]


def test_c_dtypes_are_those_that_the_exporter_finds_a_kernel_for() -> None:
    for case, graph in CASES.items():
        op = graph.operators[0]
        a, b = (graph.tensors[t].dtype for t in (op.inputs[SPECS[op.kind].data_slot], op.outputs[0]))
        listed = c_dtypes(SPECS[op.kind])
        anything = listed == SPECS[op.kind].dtypes
        named = anything or (a if a == b else f"{a} to {b}") in listed
        assert (kernel_of(graph, op) is not None) == named, case


def test_in_place_and_zero_copy_marks_are_earned() -> None:
    rows = {line.split(" | ")[0].removeprefix("| "): line.split(" | ") for line in supported_ops().splitlines()}
    for kind, spec in SPECS.items():
        mine = [g for g in (*CASES.values(), *STATE) if g.operators[0].kind == kind]
        assert (rows[kind][3] == "yes") == any(spec.in_place(g, g.operators[0]) for g in mine), kind
        assert (rows[kind][4] == "yes") == any(spec.aliases(g, g.operators[0]) for g in mine), kind
