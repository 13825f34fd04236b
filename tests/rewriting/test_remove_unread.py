"""Removing what no output needs: every output byte stays, nothing that is needed goes, and ids can be followed."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.device import ad_hoc
from mcu_lab.errors import InputError, ScheduleError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph, Operator, Signature, Tensor
from mcu_lab.graph.offline_plan import METADATA_NAME
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.verify import verify
from mcu_lab.rewriting import RemoveUnread, numbers_of, rewrite_named, rewritten
from tests.conftest import DATA, model_path
from tests.graph.test_round_trip import litert_outputs
from tests.law.graphs import random_graph
from tests.law.wide_graphs import wide_graph
from tests.rewriting.models import cut, spare, with_outputs

UNREAD = (RemoveUnread(),)


def same_outputs(base: Graph, graph: Graph, seed: int) -> bool:
    """Whether both make the same bytes, operator by operator and as a plan."""
    inputs = random_inputs(base, seed)
    given = {new: inputs[old] for old, new in zip(base.inputs, graph.inputs, strict=True)}
    theirs, ours = run_reference(base, inputs), run_reference(graph, given)
    plan = lower(graph, default_schedule(graph), ad_hoc())
    assert verify(plan) == ()
    planned = execute(plan, given).outputs
    return all(
        theirs[old].tobytes() == ours[new].tobytes() == planned[new].tobytes()
        for old, new in zip(base.outputs, graph.outputs, strict=True)
    )


def test_what_nobody_reads_is_gone_and_the_rest_is_numbered_anew() -> None:
    base = spare()
    graph = rewritten(base, UNREAD)
    assert [t.name for t in graph.tensors] == ["in", "a", "out"]
    assert [(op.id, op.kind, op.inputs, op.outputs) for op in graph.operators] == [
        (0, "RELU", (0,), (1,)),
        (1, "RELU6", (1,), (2,)),
    ]
    assert [t.id for t in graph.tensors] == [0, 1, 2]
    assert (graph.inputs, graph.outputs) == ((0,), (2,))
    numbers = numbers_of(base, (), UNREAD)
    assert numbers.operators == {0: 0, 3: 1} and numbers.tensors == {0: 0, 2: 1, 6: 2}
    assert numbers_of(base, UNREAD, ()).operators == {0: 0, 1: 3}
    assert same_outputs(base, graph, 0)


@pytest.mark.parametrize("seed", range(24))
def test_outputs_of_random_graphs_keep_every_byte(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = cut(wide_graph(rng) if seed % 2 else random_graph(rng), rng)
    graph = rewritten(base, UNREAD)
    assert len(graph.operators) <= len(base.operators)
    assert same_outputs(base, graph, seed)
    assert rewritten(graph, UNREAD) is graph, "nothing is left to remove"
    assert rewritten(base, UNREAD) is graph, "equal decisions give the same object"


@pytest.mark.parametrize(
    "name", ["swiftnet_cell_vww_uint8", "mlperf_ic_resnet8_int8", "rnnoise_int8", "mnist_lstm_int8", "digits_cnn_int8"]
)
def test_litert_makes_the_same_bytes_of_both(name: str) -> None:
    own = DATA / f"{name}.tflite"
    whole = read_tflite(own if own.exists() else model_path(name))
    base = with_outputs(whole, whole.operators[len(whole.operators) // 2].outputs[0])
    graph = rewritten(base, UNREAD)
    assert len(graph.operators) < len(base.operators)
    assert litert_outputs(write_tflite(graph), invocations=2) == litert_outputs(write_tflite(base), invocations=2)


@pytest.mark.parametrize("name", ["digits_cnn_int8", "digits_two_branch_int8"])
def test_where_everything_is_needed_the_graph_is_the_very_same(name: str) -> None:
    base = read_tflite(DATA / f"{name}.tflite")
    assert rewritten(base, UNREAD) is base
    assert numbers_of(base, (), UNREAD).operators == {op.id: op.id for op in base.operators}


def test_inputs_stay_though_nobody_reads_them() -> None:
    base = spare()
    base = replace(base, inputs=(0, 7))
    graph = rewritten(base, UNREAD)
    assert [graph.tensors[t].name for t in graph.inputs] == ["in", "loose"]


def test_an_operator_with_one_output_that_is_needed_keeps_the_others() -> None:
    base = spare()
    split = Operator(3, "UNPACK", (2,), (6, 7), MappingProxyType({"axis": 0, "num": 2}))
    graph = rewritten(replace(base, operators=(*base.operators[:3], split)), UNREAD)
    assert [t.name for t in graph.tensors] == ["in", "a", "out", "loose"]


@pytest.mark.parametrize(
    "operator",
    [
        Operator(4, "ASSIGN_VARIABLE", (7, 3), ()),
        Operator(4, "CUSTOM:log", (3,), (8,)),
        Operator(4, "CALL_ONCE", (), ()),
        Operator(4, "SVDF", (3, 7), (8,)),
    ],
    ids=lambda op: op.kind,
)
def test_what_keeps_state_or_may_act_otherwise_stays_with_all_that_it_reads(operator: Operator) -> None:
    base = spare()
    state = replace(base.tensors[7], variable=True)
    tensors = (*base.tensors[:7], state, Tensor(8, "made", (1, 64), "int8"))
    graph = rewritten(replace(base, tensors=tensors, operators=(*base.operators, operator)), UNREAD)
    kinds = [op.kind for op in graph.operators]
    assert operator.kind in kinds and "ADD" not in kinds
    assert ("RELU_N1_TO_1" in kinds) == (3 in operator.inputs)
    assert graph.producer.keys() == {t for op in graph.operators for t in op.outputs}


def test_tensors_beside_inputs_and_outputs_stay_with_their_operator() -> None:
    base = spare()
    told = Operator(3, "RELU6", (2,), (6,), MappingProxyType({"intermediates": (7, -1)}))
    graph = rewritten(replace(base, operators=(*base.operators[:3], told)), UNREAD)
    names = [t.name for t in graph.tensors]
    assert graph.operators[-1].attrs["intermediates"] == (names.index("loose"), -1)


def test_signatures_are_answered_as_before_and_an_offline_plan_is_dropped() -> None:
    metadata = MappingProxyType({METADATA_NAME: b"plan", "other": b"kept"})
    called = Signature("serve", (("x", 0),), (("c", 5),))
    elsewhere = Signature("init", (), (("y", 1),), subgraph=1)
    base = replace(spare(), metadata=metadata, signatures=(called, elsewhere), sha256="file's")
    graph = rewritten(base, UNREAD)
    assert graph.signatures[1] is elsewhere
    ((_, tensor),) = graph.signatures[0].outputs
    assert graph.tensors[tensor].name == "c", "what a signature names is read by whoever calls it"
    assert dict(graph.metadata) == {"other": b"kept"} and graph.sha256 == ""


def test_a_rewrite_that_cannot_be_is_one_sentence() -> None:
    with pytest.raises(ScheduleError, match="rewrite remove_unread: is given twice"):
        rewritten(spare(), UNREAD * 2)
    with pytest.raises(InputError, match=r"no rewrite 'prune'\. There is fold-constants, remove-unread\."):
        rewrite_named("prune")
    assert rewrite_named("remove-unread") == rewrite_named("remove_unread") == RemoveUnread()
    assert RemoveUnread.exact
