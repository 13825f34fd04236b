"""Graphs changed at random: problems() never raises, and what it lets through runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import ELEMENT_BYTES, Graph, Operator, Quant, Tensor
from mcu_lab.ops import problems
from tests.ops import one_operator
from tests.ops.element_cases import CASES
from tests.ops.lstm_cases import lstm
from tests.ops.svdf_cases import svdf

#: Those that keep state beside those that do not.
REMEMBERING = {
    f"{graph.operators[0].kind} {graph.tensors[0].dtype}": graph
    for graph in (svdf(1), svdf(1, "float32"), lstm(1), lstm(1, "float32"))
}
EVERY = {**CASES, **one_operator.CASES, **REMEMBERING}
DTYPES = (*ELEMENT_BYTES, "string", "int4")
CHANGES = 60


def damaged(g: Graph, rng: np.random.Generator) -> Graph:
    """One to three changes of the kinds a damaged file shows after it was read."""
    for _ in range(int(rng.integers(1, 4))):
        change = (_dtype, _shape, _quant, _attr, _operand, _constant, _computed)[int(rng.integers(0, 7))]
        g = change(g, rng)
    return g


def _with_tensor(g: Graph, index: int, **change: object) -> Graph:
    tensors = list(g.tensors)
    tensors[index] = replace(tensors[index], **change)  # type: ignore[arg-type]
    return replace(g, tensors=tuple(tensors))


def _any(g: Graph, rng: np.random.Generator) -> Tensor:
    return g.tensors[int(rng.integers(0, len(g.tensors)))]


def _refilled(t: Tensor, shape: tuple[int, ...], dtype: str, rng: np.random.Generator) -> dict[str, object]:
    """A constant keeps as many bytes as its shape and dtype ask for: the reader refuses anything else."""
    size = int(np.prod(shape)) * ELEMENT_BYTES.get(dtype, 0)
    return {} if t.data is None else {"data": rng.integers(0, 4, max(size, 0), dtype=np.uint8).tobytes()}


def _dtype(g: Graph, rng: np.random.Generator) -> Graph:
    t, dtype = _any(g, rng), DTYPES[int(rng.integers(0, len(DTYPES)))]
    return _with_tensor(g, t.id, dtype=dtype, **_refilled(t, t.shape, dtype, rng))


def _shape(g: Graph, rng: np.random.Generator) -> Graph:
    t = _any(g, rng)
    shape = tuple(int(n) for n in rng.integers(0, 5, int(rng.integers(0, 6))))
    if t.shape and rng.random() < 0.5:
        axis = int(rng.integers(0, len(t.shape)))
        shape = (*t.shape[:axis], int(rng.integers(0, 9)), *t.shape[axis + 1 :])
    return _with_tensor(g, t.id, shape=shape, **_refilled(t, shape, t.dtype, rng))


def _quant(g: Graph, rng: np.random.Generator) -> Graph:
    quants = (
        None, Quant((0.0,), (0,)), Quant((-1.0,), (0,)), Quant((float("nan"),), (0,)), Quant((float("inf"),), (0,)),
        Quant((1e-30,), (0,)), Quant((1e30,), (0,)), Quant((0.1,), (10**9,)), Quant((0.1, 0.2), (0, 0), 0),
        Quant((), ()),
    )  # fmt: skip
    return _with_tensor(g, _any(g, rng).id, quant=quants[int(rng.integers(0, len(quants)))])


def _attr(g: Graph, rng: np.random.Generator) -> Graph:
    op = g.operators[0]
    if not op.attrs:
        return g
    name = list(op.attrs)[int(rng.integers(0, len(op.attrs)))]
    old = op.attrs[name]
    numbers = (-100, -1, 0, 1, 7, 2**31 - 1, -(2**31))
    new: object = numbers[int(rng.integers(0, len(numbers)))]
    if isinstance(old, str):
        new = ("", "TANH", "SAME", "RELU6", "0")[int(rng.integers(0, 5))]
    elif isinstance(old, float):
        new = (0.0, -1.0, float("nan"), float("inf"), 1e30)[int(rng.integers(0, 5))]
    elif isinstance(old, bool):
        new = not old
    elif isinstance(old, tuple):
        new = ()
    return _with_op(g, attrs={**op.attrs, name: new})


def _operand(g: Graph, rng: np.random.Generator) -> Graph:
    op = g.operators[0]
    inputs = list(op.inputs)
    kind = int(rng.integers(0, 3))
    if kind == 0:
        inputs.append(int(rng.integers(-1, len(g.tensors) - len(op.outputs))))
    elif kind == 1:
        inputs.pop()
    elif inputs:
        inputs[int(rng.integers(0, len(inputs)))] = int(rng.integers(-1, len(g.tensors) - len(op.outputs)))
    return _with_op(g, inputs=tuple(inputs))


def _with_op(g: Graph, **change: object) -> Graph:
    return replace(g, operators=(replace(g.operators[0], **change),))  # type: ignore[arg-type]


def _constant(g: Graph, rng: np.random.Generator) -> Graph:
    constants = [t for t in g.tensors if t.data]
    if not constants:
        return g
    t = constants[int(rng.integers(0, len(constants)))]
    assert t.data is not None
    return _with_tensor(g, t.id, data=rng.integers(0, 256, len(t.data), dtype=np.uint8).tobytes())


def _computed(g: Graph, rng: np.random.Generator) -> Graph:
    t = _any(g, rng)
    if t.data is None:
        return g
    return replace(_with_tensor(g, t.id, data=None), inputs=(*g.inputs, t.id))


@pytest.mark.quick(each=lambda params: EVERY[params["case"]].operators[0].kind)
@pytest.mark.parametrize("case", EVERY)
def test_what_is_let_through_runs(case: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(CHANGES):
        g = damaged(EVERY[case], rng)
        found = problems(g)
        assert all(p.reason for p in found)
        if not found:
            with np.errstate(all="ignore"):
                made = run_reference(g, random_inputs(g, 0))
            for t in g.outputs:
                assert made[t].shape == g.tensors[t].shape and made[t].dtype == g.tensors[t].dtype


def test_an_operator_of_nothing_is_refused_or_runs() -> None:
    for case, g in EVERY.items():
        op = g.operators[0]
        bare = replace(g, operators=(Operator(0, op.kind, (), op.outputs),))
        assert problems(bare), case
