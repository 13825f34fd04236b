"""What plans may share, and where exactly that stops; and what is no bundle at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import InputError
from mcu_lab.execution.turns import execute_turns
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.lowering.together import together
from mcu_lab.plan.bundle import Bundle, bundle_bytes, bundle_overfull, bundle_used_bytes
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, overfull
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import Problem, ProblemCode, verify
from tests.plan.broken_plans import taking_turns, with_buffer
from tests.plan.bundles import Turns, with_plan
from tests.plan.test_verify_hostile import GARBAGE, spoiled
from tests.plan.tiny import Net, chain


def counting(seed: int = 0, size: int = 12) -> Graph:
    """Adds up what it is given, in a state."""
    net = Net((1, 2, 3, size // 6))
    state = net.state((1, 2, 3, size // 6), bytes([seed]) * size)
    total = net.relu(net.add(net.read(state), net.input))
    net.assign(state, total)
    return net.graph(total)


def lowered(graph: Graph) -> Plan:
    return lower(graph, default_schedule(graph), ad_hoc())


def codes(bundle: Bundle) -> set[ProblemCode]:
    return {p.code for p in verify(bundle)}


def graphs_of(bundle: Bundle) -> Mapping[str, Graph]:
    return {name: plan.graph for name, plan in bundle.plans.items()}


def test_one_plan_is_its_own_bundle() -> None:
    plan = lowered(counting())
    bundle = together({"alone": plan})
    assert bundle.plans["alone"] is plan
    assert bundle_bytes(bundle) == arena_bytes(plan)
    assert bundle_used_bytes(bundle, "flash") == flash_bytes(plan)
    assert verify(bundle) == ()


def test_activations_overlap_and_states_do_not() -> None:
    plans = {"a": lowered(counting(1)), "b": lowered(counting(2, 24)), "c": lowered(chain())}
    bundle = together(plans)
    states = {name: sum(plan.graph.tensors[t].bytes for t in plan.graph.states) for name, plan in plans.items()}
    passing = {name: arena_bytes(plan) - states[name] for name, plan in plans.items()}
    assert verify(bundle) == ()
    assert bundle_bytes(bundle) <= sum(states.values()) + max(passing.values()) + 16 * len(plans)
    assert Turns.of(graphs_of(bundle), count=20).difference(bundle) == ""


def test_equal_constants_are_stored_once() -> None:
    """Of two plans of one model all, and of models that share a layer that layer's."""
    plan = lowered(chain())
    for name, other in (("same", plan), ("other", lowered(replace(chain(), name="x")))):
        bundle = together({"first": plan, name: other})
        assert bundle_bytes(bundle, "flash") == bundle_bytes(
            together({"first": plan, "counts": lowered(counting())}), "flash"
        )
        assert codes(bundle) == set()


def test_bytes_that_are_equal_by_chance_may_be_shared() -> None:
    """It is bytes that last, not buffers: where they agree, two constants may lie across each other."""
    bundle = together({"a": lowered(chain()), "b": lowered(chain())})
    first, second = bundle.plans.values()
    weights = next(b for b in second.buffers if b.memory == "flash")
    assert weights.offset == first.buffer[weights.id].offset
    assert codes(bundle) == set()
    tensor = next(v.tensor for v in second.at_start if v.buffer == weights.id)
    data = bytearray(second.graph.tensors[tensor].data or b"")
    data[-1] ^= 1
    changed = tuple(replace(t, data=bytes(data)) if t.id == tensor else t for t in second.graph.tensors)
    merged = with_plan(bundle, "b", replace(second, graph=replace(second.graph, tensors=changed)))
    assert codes(merged) == {ProblemCode.SHARED_PLACE}
    assert Turns.of(graphs_of(merged)).difference(merged) != ""


def test_states_lie_apart() -> None:
    bundle = together({"a": lowered(counting(1)), "b": lowered(counting(2))})
    first, second = bundle.plans.values()
    states = [plan.buffer[f"t{plan.graph.states[0]}"] for plan in (first, second)]
    assert states[0].offset != states[1].offset
    merged = with_plan(bundle, "b", with_buffer(second, states[1].id, offset=states[0].offset))
    assert ProblemCode.SHARED_PLACE in codes(merged)
    assert Turns.of(graphs_of(merged)).difference(merged) != ""


def test_an_input_is_written_too() -> None:
    bundle = together({"a": lowered(counting(1)), "b": lowered(chain())})
    state = next(b for b in bundle.plans["a"].buffers if b.id == f"t{bundle.plans['a'].graph.states[0]}")
    plan = bundle.plans["b"]
    given = next(v.buffer for v in plan.at_start if v.tensor in plan.graph.inputs)
    top = bundle_bytes(bundle)
    apart = replace(
        plan, buffers=tuple(replace(b, offset=b.offset + top) if b.memory == "sram" else b for b in plan.buffers)
    )
    assert codes(with_plan(bundle, "b", apart)) == set()
    on_state = with_plan(bundle, "b", with_buffer(apart, given, offset=state.offset))
    assert codes(on_state) == {ProblemCode.TRESPASS}
    assert Turns.of(graphs_of(on_state)).difference(on_state) != ""


@pytest.mark.parametrize("memory", ["sram", "flash"])
def test_what_does_not_fit_together(memory: str) -> None:
    """Each plan has room on the device, with its constants in RAM, and both of them have not."""
    graphs = {"a": chain(), "b": replace(chain(), tensors=tuple(map(_other_data, chain().tensors)))}
    sizes = {"sram": 1 << 20, "flash": 1 << 20}

    def plans() -> dict[str, Plan]:
        device = ad_hoc(sizes["sram"], sizes["flash"])
        found = {}
        for name, graph in graphs.items():
            storage = tuple((t.id, device.arena) for t in graph.tensors if t.is_const and t.id in graph.readers)
            found[name] = lower(graph, replace(default_schedule(graph), storage=storage), device)
        return found

    assert codes(together(plans())) == set()
    sizes[memory] = bundle_used_bytes(together(plans()), memory) - 1
    assert not any(overfull(plan) for plan in plans().values())
    assert [m.name for m in bundle_overfull(together(plans()))] == [memory]
    assert codes(together(plans())) == {ProblemCode.CAPACITY}


def _other_data(tensor: Any) -> Any:
    weights = tensor.data is not None and tensor.dtype == "int8"
    return replace(tensor, data=bytes((x + 1) % 100 for x in tensor.data)) if weights else tensor


def test_what_cannot_be_put_together() -> None:
    plan = lowered(chain())
    with pytest.raises(InputError, match="one plan at least"):
        together({})
    with pytest.raises(InputError, match="is for"):
        together({"a": plan, "b": replace(plan, device=ad_hoc(1 << 20))})
    with pytest.raises(InputError, match="without a place"):
        together({"a": plan, "b": with_buffer(plan, plan.buffers[0].id, offset=None)})


def test_a_turn_names_a_model() -> None:
    bundle = together({"a": lowered(chain())})
    with pytest.raises(InputError, match="There are a"):
        list(execute_turns(bundle, [("b", {})]))
    with pytest.raises(InputError, match="no values"):
        list(execute_turns(bundle, [("a", {})]))


@pytest.mark.parametrize("plans", [
    None, {}, [], {"a": None}, {1: None}, {"a": 3, "b": object()}, {str(k): None for k in range(65)}, {"a": {}},
])  # fmt: skip
def test_what_is_no_bundle_is_malformed(plans: Any) -> None:
    assert {p.code for p in verify(Bundle(plans))} == {ProblemCode.MALFORMED}


def test_no_garbage_makes_it_raise() -> None:
    random = Random("bundle")
    bundle = taking_turns()
    for _ in range(150):
        name = random.choice(list(bundle.plans))
        plans = {**bundle.plans, name: spoiled(bundle.plans[name], random)}
        if random.random() < 0.1:
            plans[random.choice(["x", *bundle.plans])] = random.choice(GARBAGE)
        problems = verify(Bundle(MappingProxyType(plans)))
        assert all(isinstance(p, Problem) and p.message for p in problems)


def test_a_problem_names_its_model() -> None:
    bundle = taking_turns()
    plan = bundle.plans["chain"]
    broken = with_plan(bundle, "chain", with_buffer(plan, plan.buffers[0].id, memory="tape"))
    assert [str(p).split(":")[0] for p in verify(broken)] == ["chain"]
    assert {p.model for p in verify(broken)} == {"chain"}
    assert np.all([p.model is None for p in verify(broken.plans["chain"])])
