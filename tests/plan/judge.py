"""Does a plan give the bytes of its graph, whenever its transfers happen?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.execution.executor import Copies, Execution, execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.model import Copy, Plan


@dataclass(frozen=True)
class Judge:
    """Random inputs of a graph, and every tensor as the graph gives it for them, operator by operator."""

    inputs: Mapping[int, np.ndarray]
    tensors: Mapping[int, np.ndarray]
    outputs: tuple[int, ...]

    @staticmethod
    def of(graph: Graph, seed: int = 0) -> Judge:
        inputs = random_inputs(graph, seed)
        constants = {t.id: t.array for t in graph.tensors if t.is_const}
        return Judge(inputs, {**inputs, **constants, **run_reference(graph, inputs)}, graph.outputs)

    def difference(self, plan: Plan, *, on_the_way: bool = False) -> str:
        """What is wrong with the outputs of the plan, in words; empty when nothing is.

        ``on_the_way``: with any byte that a Compute writes, too. Raises what the executor raises.
        """
        for copies, run in _runs(plan, self.inputs, on_the_way):
            for tensor in self.outputs:
                if tensor not in run.outputs:
                    return f"there is no output t{tensor}"
                if run.outputs[tensor].tobytes() != self.tensors[tensor].tobytes():
                    return f"with copies {copies}, output t{tensor} differs"
            for tensor, values in run.tensors.items():
                written = run.written[tensor]
                if values[written].tobytes() != self.tensors[tensor][written].tobytes():
                    return f"with copies {copies}, t{tensor} differs on the way"
        return ""

    def refuses(self, plan: Plan) -> bool:
        """Whether the plan cannot be run, or gives not all outputs."""
        try:
            return self.difference(plan).startswith("there is no output")
        except Exception:
            return True


def _runs(plan: Plan, inputs: Mapping[int, np.ndarray], keep: bool) -> Iterator[tuple[Copies, Execution]]:
    yield "early", execute(plan, inputs, copies="early", keep=keep)
    if any(isinstance(step, Copy) and not step.blocking for step in plan.steps):
        yield "late", execute(plan, inputs, copies="late", keep=keep)
