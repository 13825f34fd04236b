"""A stored run: inputs of a plan and, where known, the outputs that must come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mcu_lab.errors import InputError
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.bundle import Bundle

#: Of a self-test.
MOST_TURNS = 1 << 16


@dataclass(frozen=True)
class TestVector:
    """Arrays by tensor id, in the shapes and dtypes of the graph. ``outputs`` is empty when they are not known.

    ``later`` are the inferences that follow, each of which finds the state that the one before has left.
    """

    __test__ = False  # not a test class

    inputs: Mapping[int, np.ndarray]
    outputs: Mapping[int, np.ndarray]
    later: tuple[TestVector, ...] = ()

    @staticmethod
    def of(frames: Iterable[tuple[Mapping[int, np.ndarray], Mapping[int, np.ndarray]]]) -> TestVector:
        """One inference after the other, from the inputs and outputs of each."""
        first, *later = (TestVector(inputs, outputs) for inputs, outputs in frames)
        return replace(first, later=tuple(later))


@dataclass(frozen=True)
class Turns:
    """Stored runs of several models by name, and the order in which these take turns.

    Each turn of a model is its next inference. Behind its last one it is reset and begins anew.
    """

    vectors: Mapping[str, TestVector]
    turns: tuple[str, ...]


def seeded_vector(graph: Graph, seed: int = 0) -> TestVector:
    """Random inputs over the whole range of an integer dtype, and in [-1, 1) for floats; no outputs."""
    random = np.random.default_rng(seed)
    inputs = {}
    for t in graph.inputs:
        shape, dtype = graph.tensors[t].shape, np.dtype(graph.tensors[t].dtype)
        if dtype.kind == "f":
            inputs[t] = random.uniform(-1, 1, shape).astype(dtype)
        elif dtype.kind == "b":
            inputs[t] = random.integers(0, 2, shape).astype(dtype)
        else:
            info = np.iinfo(dtype)
            inputs[t] = random.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    return TestVector(inputs, {})


def check_vector(graph: Graph, vector: TestVector) -> None:
    """Raises InputError unless every input is there and every array has its tensor's shape and dtype."""
    for frame in vector.later:
        check_vector(graph, frame)
    for t in graph.inputs:
        if t not in vector.inputs:
            raise InputError("has no values.", where=f"input {graph.tensors[t].name}")
    for t, values in (*vector.inputs.items(), *vector.outputs.items()):
        tensor = graph.tensors[t]
        if values.shape != tensor.shape or values.dtype != tensor.dtype:
            raise InputError(
                f"is {values.dtype} {values.shape}, not {tensor.dtype} {tensor.shape}.", where=f"tensor {tensor.name}"
            )


def seeded_turns(bundle: Bundle, seed: int = 0) -> Turns:
    """Each model once, on :func:`seeded_vector`."""
    return Turns({name: seeded_vector(plan.graph, seed) for name, plan in bundle.plans.items()}, tuple(bundle.plans))


def check_turns(bundle: Bundle, turns: Turns) -> None:
    """Raises InputError unless every model has its vector, and turns are of models and not too many."""
    for name, plan in bundle.plans.items():
        if name not in turns.vectors:
            raise InputError("has no test vector.", where=f"model {name}")
        check_vector(plan.graph, turns.vectors[name])
    if unknown := sorted({*turns.turns, *turns.vectors} - bundle.plans.keys()):
        raise InputError(f"there is no model {unknown[0]!r:.80} in the bundle.")
    if not 0 < len(turns.turns) <= MOST_TURNS:
        raise InputError(f"has {len(turns.turns)} turns; 1 to {MOST_TURNS} can be stored.", where="test vector")
