"""Parameters of the C kernel ``move`` for operators that only move elements, made from their aliases."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.spec import Alias

Params = Mapping[str, int | float | np.ndarray]


def move_params(
    aliases: Callable[[Graph, Operator], tuple[Alias, ...]], fill: Callable[[Graph, Operator], int] | None = None
) -> Callable[[Graph, Operator], Params]:
    """An ``OpSpec.c_params`` for ``c_kernel="move"``.

    ``aliases`` says where each part lies in the whole: either one input is the whole of all outputs (RESHAPE,
    SPLIT, STRIDED_SLICE, TRANSPOSE …) or the one output is the whole of the inputs (CONCATENATION, PACK, PAD).
    ``fill`` gives the element, as an integer with the same lowest bytes, for what no part covers (PAD).
    """

    def params(graph: Graph, op: Operator) -> Params:
        found = aliases(graph, op)
        wholes = {alias.whole for alias in found}
        gather = all(alias.part in op.outputs for alias in found)
        assert len(wholes) == 1, "the parts of a move lie in one tensor"
        whole = graph.tensors[wholes.pop()]
        rank = max(4, *(len(graph.tensors[t].shape) for t in (*op.inputs, *op.outputs) if t >= 0))
        numbers = np.arange(whole.elements, dtype=np.int64).reshape(whole.shape)
        slots = _slots(op.outputs if gather else op.inputs, tuple(alias.part for alias in found))
        layouts = [_affine(alias.view(numbers), rank) for alias in found]
        return {
            "gather": int(gather),
            "whole_slot": op.inputs.index(whole.id) if gather else 0,
            "parts": len(found),
            "rank": rank,
            "part_slot": np.array(slots, np.int32),
            "origin": np.array([origin for origin, _ in layouts], np.int32),
            "strides": np.array([strides for _, strides in layouts], np.int32).reshape(-1),
            "shape": np.array((*(1 for _ in range(rank - len(whole.shape))), *whole.shape), np.int32),
            "fills": int(fill is not None),
            "fill": fill(graph, op) if fill else 0,
            "fill_slot": -1,
        }

    return params


def _slots(places: tuple[int, ...], parts: tuple[int, ...]) -> tuple[int, ...]:
    """The slot of each part; a tensor that is there twice takes its slots in order."""
    left = {t: [i for i, place in enumerate(places) if place == t] for t in parts}
    return tuple(left[t].pop(0) for t in parts)


def _affine(numbers: np.ndarray, rank: int) -> tuple[int, tuple[int, ...]]:
    """Element number of coordinate 0 and the step in element numbers along each axis, padded on the left with 0."""
    if numbers.size == 0:
        return 0, (0,) * rank
    origin = int(numbers.flat[0])
    steps = tuple(
        int(np.take(numbers, 1, axis).flat[0]) - origin if n > 1 else 0 for axis, n in enumerate(numbers.shape)
    )
    return origin, (0,) * (rank - numbers.ndim) + steps
