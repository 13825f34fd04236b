"""The graph run operator by operator on whole tensors: what every plan's bytes are judged against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from mcu_lab.errors import InputError
from mcu_lab.execution.footprint import computed, reference_bytes
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.limits import RUN_BYTES
from mcu_lab.ops import require_supported
from mcu_lab.ops.spec import Region

#: One array for each graph input, by tensor id or by name.
Inputs = Mapping[int, np.ndarray] | Mapping[str, np.ndarray]
#: As many inferences, one after the other, show what state does.
STATE_FRAMES = 4
#: One array for each state of a graph, by tensor id: what an inference finds, or leaves.
States = Mapping[int, np.ndarray]


def fresh_states(graph: Graph) -> States:
    """What the first inference finds."""
    return {t: graph.tensors[t].fresh for t in graph.states}


def run_reference(graph: Graph, inputs: Inputs, states: States | None = None) -> Mapping[int, np.ndarray]:
    """Every activation tensor of the graph, by tensor id, in the tensor's shape and dtype; states as they are left.

    ``states`` is what the last inference left, by default what the first one finds. Raises InputError for wrong inputs,
    LimitError where it would take more memory than allowed, and UnsupportedError, with all reasons at once, for
    operators that cannot be executed.
    """
    require_supported(graph)
    RUN_BYTES.allow(reference_bytes(graph), "running it operator by operator", where=graph.name)
    values = {**resolve_inputs(graph, inputs), **checked_states(graph, states)}
    for op in graph.operators:
        values.update(run_operator(graph, op, values))
    return values


def reference_frames(graph: Graph, frames: Iterable[Inputs]) -> Iterator[Mapping[int, np.ndarray]]:
    """What :func:`run_reference` gives for one inference after the other; each finds what the last one left."""
    states = fresh_states(graph)
    for inputs in frames:
        values = run_reference(graph, inputs, states)
        states = {t: values[t] for t in graph.states}
        yield values


def checked_states(graph: Graph, states: States | None) -> States:
    """``states`` if they are complete and of the right shapes and dtypes, the fresh ones for None; else InputError."""
    if states is None:
        return fresh_states(graph)
    for t in graph.states:
        tensor, array = graph.tensors[t], states.get(t)
        if array is None or array.shape != tensor.shape or array.dtype != np.dtype(tensor.dtype):
            given = "no values" if array is None else f"shape {array.shape} and dtype {array.dtype}"
            raise InputError(f"it has {given}.", where=f"state {t}", hint=f"Expected: {tensor}.")
    if unknown := states.keys() - set(graph.states):
        raise InputError(f"tensor {min(unknown)} is no state of {graph.name}.")
    return states


def run_operator(graph: Graph, op: Operator, values: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    """The outputs of one operator, by tensor id; ``values`` holds its non-constant inputs."""
    regions = tuple(_whole(graph.tensors[t], values) if t >= 0 else None for t in op.inputs)
    boxes = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    outputs = computed(graph, op, boxes, regions)
    return {t: array for t, array in zip(op.outputs, outputs, strict=True) if array is not None}


def _whole(tensor: Tensor, values: Mapping[int, np.ndarray]) -> Region:
    return Region(Box.full(tensor.shape), tensor.array if tensor.is_const else values[tensor.id])


def resolve_inputs(graph: Graph, inputs: Inputs) -> Mapping[int, np.ndarray]:
    """``inputs`` by tensor id, complete and of the right shapes and dtypes, or InputError."""
    by_name = {graph.tensors[t].name: t for t in graph.inputs}
    expected = "; ".join(str(graph.tensors[t]) for t in graph.inputs)
    found: dict[int, np.ndarray] = {}
    for key, value in inputs.items():
        t = by_name.get(key) if isinstance(key, str) else int(key)
        if t not in graph.inputs:
            raise InputError(f"{key!r} is not an input of {graph.name}.", hint=f"Its inputs are: {expected}.")
        if t in found:
            raise InputError(f"input {graph.tensors[t].name} is given twice.")
        array, tensor = np.asarray(value), graph.tensors[t]
        if array.shape != tensor.shape or array.dtype != np.dtype(tensor.dtype):
            raise InputError(
                f"it has shape {array.shape} and dtype {array.dtype}.",
                where=f"input {key!r}",
                hint=f"Expected: {tensor}.",
            )
        found[t] = array
    missing = [str(graph.tensors[t]) for t in graph.inputs if t not in found]
    if missing:
        raise InputError(f"no values for {'; '.join(missing)}.")
    return found


def random_frames(graph: Graph, seed: int, count: int) -> list[dict[int, np.ndarray]]:
    """The inputs of so many inferences; the first ones are those of :func:`random_inputs`."""
    return [random_inputs(graph, seed if k == 0 else (seed, k)) for k in range(count)]


def random_inputs(graph: Graph, seed: int | Sequence[int]) -> dict[int, np.ndarray]:
    """One array for each graph input: integers over their whole range, floats standard normal.

    The same seed gives the same values. Raises LimitError where they would take more memory than allowed.
    """
    # Floats are drawn as float64, and kept as they are while they are converted.
    size = sum(graph.tensors[t].bytes for t in graph.inputs)
    largest = max((8 * graph.tensors[t].elements for t in graph.inputs), default=0)
    RUN_BYTES.allow(size + largest, "a random input", where=graph.name)
    rng = np.random.default_rng(seed)
    return {t: _random(graph.tensors[t], rng) for t in graph.inputs}


def _random(tensor: Tensor, rng: np.random.Generator) -> np.ndarray:
    dtype = np.dtype(tensor.dtype)
    if dtype.kind == "f":
        return rng.standard_normal(tensor.shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, tensor.shape).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, tensor.shape, dtype=dtype, endpoint=True)
