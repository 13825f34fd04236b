"""``verify`` never raises, whatever it is given, and takes little time and memory to say no."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

import pytest

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import ELEMENT_BYTES, Graph, Operator, Quant, Tensor
from mcu_lab.ops import SPECS, problems
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Ring, View, Wait
from mcu_lab.plan.verify import Problem, ProblemCode, verify
from tests.plan.broken_plans import BASES, fetched, whole

HUGE = 10**30
GARBAGE: tuple[Any, ...] = (
    None, -1, 0, 1, 7, HUGE, -HUGE, 1 << 40, 10**5000, 0.5, float("nan"), True, "", "t0", "nowhere", b"", (), (1,),
    ((),), [], {}, object(), Interval(0, HUGE), Interval(3, 1), Box(()), Box.of((0, 1 << 50)), Ring(0, 0), Ring(-1, 3),
    Wait(0, 0), Form.SUMS, View("t0", 0, Box(()), 0, ()), Buffer("b", "sram", -1, 0, None, (), "int8"),
)  # fmt: skip
QUANTS = (
    None, Quant((), ()), Quant((0.0,), (0,)), Quant((float("nan"),), (0,)), Quant((float("inf"),), (0,)),
    Quant((1e-300,), (0,)), Quant((0.1, 0.2), (0, 0)), Quant((0.1,), (9999,)), Quant((0.1,), (0,), 7),
)  # fmt: skip
ATTRS = ("NONE", "SAME", "RELU", "", 0, 1, -5, 1 << 40, 0.5, float("nan"), float("inf"), True, b"", (), (1, 2))
DTYPES = tuple(ELEMENT_BYTES)


def spoiled(value: Any, random: Random) -> Any:
    """``value`` with one field somewhere inside replaced by garbage of any type."""
    if random.random() < 0.25:
        return random.choice(GARBAGE)
    if is_dataclass(value) and not isinstance(value, (type, Graph)):
        name = random.choice([f.name for f in fields(value) if f.init])
        return replace(value, **{name: spoiled(getattr(value, name), random)})
    if isinstance(value, tuple) and value:
        at = random.randrange(len(value))
        return (*value[:at], spoiled(value[at], random), *value[at + 1 :])
    return random.choice(GARBAGE)


@pytest.mark.quick(3)
@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_no_garbage_makes_it_raise(base: Callable[[], Plan]) -> None:
    random = Random(base.__name__)
    for _ in range(300):
        problems = verify(spoiled(base(), random))
        assert isinstance(problems, tuple)
        assert all(isinstance(p, Problem) and p.message for p in problems)


@pytest.mark.parametrize("what", [None, 3, "plan", object(), whole().graph])
def test_what_is_no_plan_is_malformed(what: Any) -> None:
    assert [p.code for p in verify(what)] == [ProblemCode.MALFORMED]


def _spoiled_graph(graph: Graph, random: Random) -> Graph:
    if random.random() < 0.5:
        at = random.randrange(len(graph.tensors))
        field = random.choice(("id", "name", "shape", "dtype", "data", "quant", "variable"))
        tensor = replace(graph.tensors[at], **{field: random.choice(GARBAGE)})
        return replace(graph, tensors=(*graph.tensors[:at], tensor, *graph.tensors[at + 1 :]))
    if random.random() < 0.5:
        at = random.randrange(len(graph.operators))
        field = random.choice(("id", "kind", "inputs", "outputs", "attrs"))
        op = replace(graph.operators[at], **{field: random.choice(GARBAGE)})
        return replace(graph, operators=(*graph.operators[:at], op, *graph.operators[at + 1 :]))
    return replace(graph, **{random.choice(("tensors", "operators", "inputs", "outputs")): random.choice(GARBAGE)})


def _odd_graph(graph: Graph, random: Random) -> Graph:
    """Right types, but values that no converter writes."""
    if random.random() < 0.5:
        at = random.randrange(len(graph.tensors))
        tensor = graph.tensors[at]
        shape = [random.choice((n, n, 0, 1, 2, 7, 1 << 20)) for n in tensor.shape]
        odd = random.choice(
            ({"quant": random.choice(QUANTS)}, {"dtype": random.choice(DTYPES)}, {"shape": tuple(shape)})
        )
        tensor = replace(tensor, **odd)  # type: ignore[arg-type]
        return replace(graph, tensors=(*graph.tensors[:at], tensor, *graph.tensors[at + 1 :]))
    at = random.randrange(len(graph.operators))
    op = graph.operators[at]
    attrs = dict(op.attrs)
    if attrs and random.random() < 0.7:
        attrs[random.choice(list(attrs))] = random.choice(ATTRS)
    kind = random.choice(list(SPECS)) if random.random() < 0.4 else op.kind
    op = replace(op, attrs=attrs, kind=kind)
    return replace(graph, operators=(*graph.operators[:at], op, *graph.operators[at + 1 :]))


@pytest.mark.quick(3)
@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_no_odd_graph_makes_it_raise_and_what_it_accepts_can_be_executed(base: Callable[[], Plan]) -> None:
    random = Random(base.__name__)
    for _ in range(60):
        plan = base()
        for _ in range(random.choice((1, 1, 2))):
            plan = replace(plan, graph=_odd_graph(plan.graph, random))
        if not verify(plan):
            assert not problems(plan.graph)


def test_no_garbage_in_the_graph_makes_it_raise() -> None:
    random = Random(1)
    for _ in range(600):
        problems = verify(replace(whole(), graph=_spoiled_graph(whole().graph, random)))
        assert all(isinstance(p, Problem) for p in problems)


def _hostile_plans() -> dict[str, Plan]:
    plan = whole()
    first = plan.steps[0]
    assert isinstance(first, Compute) and first.writes[0]
    wide = Tensor(0, "wide", (1 << 14, 1 << 14), "float32")
    out = replace(wide, id=1)
    op = Operator(0, "RELU", (0,), (1,))
    everything = Box.full(wide.shape)
    view = View("b", 0, everything, 0, (1 << 14, 1))
    buffer = Buffer("b", "sram", wide.bytes, 4, 0, wide.shape, "float32")
    big = Graph("big", (wide, out), (op,), (0,), (1,))
    step = Compute(0, 0, (replace(view, tensor=1),), ((view,),))
    small = Tensor(0, "small", (1, 1 << 20), "float32")
    loop = Graph("loop", (small, replace(small, id=1)), (op,), (0,), (1,))
    row = View("b", 0, Box.full(small.shape), 0, (1 << 20, 1))
    in_place = Compute(0, 0, (replace(row, tensor=1),), ((row,),))
    small_buffer = replace(buffer, bytes=1 << 22)
    return {
        "a gigabyte tensor": Plan(big, plan.device, (buffer,), (step,), (view,), (replace(view, tensor=1),)),
        "a million granules": Plan(loop, plan.device, (small_buffer,), (in_place,), (row,), (replace(row, tensor=1),)),
        "far away": replace(plan, buffers=tuple(replace(b, offset=1 << 50) for b in plan.buffers)),
        "a huge scratch": replace(
            plan,
            buffers=(*plan.buffers, Buffer("s", "sram", 1 << 26, 4, 0, (), "uint8", Form.SCRATCH)),
            steps=(replace(first, scratch="s"), *plan.steps[1:]),
        ),
        "a hundred thousand steps": replace(plan, steps=tuple(replace(first, id=i) for i in range(100_000))),
        "a hundred thousand problems": replace(plan, steps=tuple(Wait(i, i) for i in range(100_000))),
        "reads without end": replace(plan, steps=(replace(first, reads=(first.reads[0] * 200_000, *first.reads[1:])),)),
        "copies in flight": replace(
            fetched(),
            steps=tuple(
                replace(s, id=i)
                for i, s in enumerate([next(s for s in fetched().steps if isinstance(s, Copy))] * 1_000)
            ),
        ),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", list(_hostile_plans()))
def test_hostile_plans_are_refused_within_bounds(name: str) -> None:
    plan = _hostile_plans()[name]
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    problems = verify(plan)
    assert 1 <= len(problems) <= 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 1_000_000
