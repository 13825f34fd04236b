"""Bundles, and what judges them: whatever the order of turns, each model gives what it gives alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mcu_lab.execution.executor import Copies
from mcu_lab.execution.reference import random_inputs, reference_frames
from mcu_lab.execution.turns import execute_turns
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.model import Plan


def turns_of(graphs: Mapping[str, Graph], count: int, seed: int) -> list[tuple[str, dict[int, np.ndarray]]]:
    """Random inputs for models in random order."""
    rng = np.random.default_rng(seed)
    names = list(graphs)
    chosen = [names[int(rng.integers(len(names)))] for _ in range(count)]
    return [(name, random_inputs(graphs[name], (seed, k))) for k, name in enumerate(chosen)]


@dataclass(frozen=True)
class Turns:
    """So many turns, and what must come out of each."""

    turns: list[tuple[str, dict[int, np.ndarray]]]
    wanted: list[Mapping[int, np.ndarray]]
    graphs: Mapping[str, Graph]

    @staticmethod
    def of(graphs: Mapping[str, Graph], count: int = 8, seed: int = 0) -> Turns:
        """As the graphs give it, operator by operator, each in a memory of its own."""
        turns = turns_of(graphs, count, seed)
        alone: dict[str, Iterator[Mapping[int, np.ndarray]]] = {
            name: reference_frames(graph, [inputs for other, inputs in turns if other == name])
            for name, graph in graphs.items()
        }
        return Turns(turns, [next(alone[name]) for name, _ in turns], graphs)

    def difference(self, bundle: Bundle) -> str:
        """Of the first turn whose outputs or states are others, with transfers done early or late; empty for none."""
        ways: tuple[Copies, ...] = ("early", "late")
        for copies in ways:
            runs = execute_turns(bundle, self.turns, copies=copies)
            for k, ((name, _), wanted, run) in enumerate(zip(self.turns, self.wanted, runs, strict=True)):
                for t, values in (*run.outputs.items(), *run.states.items()):
                    constant = self.graphs[name].tensors[t]
                    expected = constant.array if constant.is_const else wanted[t]
                    if values.tobytes() != expected.tobytes():
                        return f"with copies {copies}, in turn {k} t{t} of {name} differs"
        return ""

    def refuses(self, bundle: Bundle) -> bool:
        try:
            self.difference(bundle)
        except Exception:
            return True
        return False


def with_plan(bundle: Bundle, name: str, plan: Plan) -> Bundle:
    return replace(bundle, plans={**bundle.plans, name: plan})
