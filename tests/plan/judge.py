"""Does a plan give the bytes of its graph, whenever its transfers happen?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.ir import Graph
from mcu_lab.plan.model import Copy, Plan
from mcu_lab.run.executor import Copies, execute
from mcu_lab.run.reference import random_inputs, run_reference


@dataclass(frozen=True)
class Judge:
    """Random inputs of a graph, and the outputs that the graph gives for them, operator by operator."""

    inputs: Mapping[int, np.ndarray]
    outputs: Mapping[int, np.ndarray]

    @staticmethod
    def of(graph: Graph, seed: int = 0) -> Judge:
        inputs = random_inputs(graph, seed)
        values = run_reference(graph, inputs)
        return Judge(inputs, {t: values[t] for t in graph.outputs})

    def difference(self, plan: Plan) -> str:
        """What goes wrong when the plan runs, in words; empty when nothing does. Raises what the executor raises."""
        moments: tuple[Copies, ...] = ("early", "late") if any(isinstance(s, Copy) for s in plan.steps) else ("early",)
        for copies in moments:
            outputs = execute(plan, self.inputs, copies=copies).outputs
            for tensor, values in self.outputs.items():
                if tensor not in outputs:
                    return f"there is no output t{tensor}"
                if outputs[tensor].tobytes() != values.tobytes():
                    return f"with copies {copies}, {np.sum(outputs[tensor] != values)} elements of t{tensor} differ"
        return ""

    def refuses(self, plan: Plan) -> bool:
        """Whether the plan cannot be run, or gives not all outputs."""
        try:
            return self.difference(plan).startswith("there is no output")
        except Exception:
            return True
