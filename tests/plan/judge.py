"""Does a plan give the bytes of its graph, whenever its transfers happen?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mcu_lab.execution.executor import Copies, Execution, execute
from mcu_lab.execution.reference import fresh_states, random_frames, reference_frames
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.model import Copy, Plan


@dataclass(frozen=True)
class Judge:
    """Random inputs of a graph, and every tensor as the graph gives it for them, operator by operator."""

    inputs: Mapping[int, np.ndarray]
    tensors: Mapping[int, np.ndarray]
    outputs: tuple[int, ...]
    states: Mapping[int, np.ndarray] = field(default_factory=dict)
    """What the inference finds."""
    later: Judge | None = None
    """Of the next inference, where there is state."""

    @staticmethod
    def of(graph: Graph, seed: int = 0) -> Judge:
        later = None
        for judge in reversed(list(_judges(graph, random_frames(graph, seed, 3 if graph.states else 1)))):
            later = replace(judge, later=later)
        assert later
        return later

    def difference(self, plan: Plan, *, on_the_way: bool = False) -> str:
        """What is wrong with the outputs of the plan, or the states that it leaves, in words; empty when nothing is.

        ``on_the_way``: with any byte that a Compute writes, too. Raises what the executor raises.
        """
        for copies, run in _runs(plan, self.inputs, self.states, on_the_way):
            for tensor, left in run.states.items():
                if left.tobytes() != self.tensors[tensor].tobytes():
                    return f"with copies {copies}, state t{tensor} differs"
            for tensor in self.outputs:
                if tensor not in run.outputs:
                    return f"there is no output t{tensor}"
                if run.outputs[tensor].tobytes() != self.tensors[tensor].tobytes():
                    return f"with copies {copies}, output t{tensor} differs"
            for tensor, values in run.tensors.items():
                written = run.written[tensor]
                if values[written].tobytes() != self.tensors[tensor][written].tobytes():
                    return f"with copies {copies}, t{tensor} differs on the way"
        return self.later.difference(plan, on_the_way=on_the_way) if self.later else ""

    def refuses(self, plan: Plan) -> bool:
        """Whether the plan cannot be run, or gives not all outputs."""
        try:
            return self.difference(plan).startswith("there is no output")
        except Exception:
            return True


def _judges(graph: Graph, frames: Sequence[Mapping[int, np.ndarray]]) -> Iterator[Judge]:
    constants = {t.id: t.array for t in graph.tensors if t.is_const}
    states = fresh_states(graph)
    for inputs, values in zip(frames, reference_frames(graph, frames), strict=True):
        yield Judge(inputs, {**inputs, **constants, **values}, graph.outputs, states)
        states = {t: values[t] for t in graph.states}


def _runs(
    plan: Plan, inputs: Mapping[int, np.ndarray], states: Mapping[int, np.ndarray], keep: bool
) -> Iterator[tuple[Copies, Execution]]:
    yield "early", execute(plan, inputs, copies="early", keep=keep, states=states or None)
    if any(isinstance(step, Copy) and not step.blocking for step in plan.steps):
        yield "late", execute(plan, inputs, copies="late", keep=keep, states=states or None)
