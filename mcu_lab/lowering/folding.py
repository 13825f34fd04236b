"""PADs that write nothing: their output's interior lies where their input lies, and its border nowhere.

Legal when nobody wants the border: it leaves through no output, and all readers take it for padding of their own.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.refusal import refused
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Alias
from mcu_lab.plan.address import Layout, affine_layout, dense_strides


def leaves_border(graph: Graph, op: Operator) -> bool:
    """Whether the operator's output is more than the inputs that its aliases find in it."""
    wholes = [alias for alias in spec_of(op).aliases(graph, op) if alias.whole in op.outputs]
    parts = sum(graph.tensors[alias.part].elements for alias in wholes)
    return bool(wholes) and parts < graph.tensors[wholes[0].whole].elements


def interior(graph: Graph, alias: Alias) -> Box | None:
    """The box of the whole that its part fills, axis by axis; None where it fills no box, or has other axes."""
    shape = graph.tensors[alias.whole].shape
    steps, whole = dense_strides(shape), without_memory(shape)
    part = alias.view(whole)
    if part.ndim != len(shape):
        return None
    if any(n > 1 and stride != step for n, stride, step in zip(part.shape, part.strides, steps, strict=True)):
        return None
    first = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    corner = np.unravel_index(first, shape) if shape else ()
    return Box(tuple(Interval(int(c), int(c) + n) for c, n in zip(corner, part.shape, strict=True)))


def without_memory(shape: tuple[int, ...]) -> np.ndarray:
    """An array of bytes of that shape to look at parts of it by their strides. Its elements are nowhere."""
    return np.lib.stride_tricks.as_strided(np.zeros(1, np.int8), shape, dense_strides(shape), writeable=False)


def inside_border(graph: Graph, alias: Alias) -> Box:
    """The interior of a whole with a border."""
    found = interior(graph, alias)
    assert found is not None, "a border goes round a box"
    return found


def check_foldable(graph: Graph, op: int, alias: Alias) -> None:
    """Raises ScheduleError when somebody wants the border of ``alias.whole``."""
    name, inside = graph.tensors[alias.whole].name, inside_border(graph, alias)
    if alias.whole in graph.outputs:
        raise refused(graph, op, f"has to write the border of the graph output {name}.", "Let it move its bytes.")
    for reader in (graph.operators[r] for r in graph.readers.get(alias.whole, ())):
        writes = tuple(Box.full(graph.tensors[t].shape) for t in reader.outputs)
        for tensor, box in zip(reader.inputs, spec_of(reader).needs(graph, reader, writes, None), strict=True):
            if tensor == alias.whole and box is not None and box not in inside:
                raise refused(graph, op, f"has to write the border of {name}: {reader} reads it.")


def folded_numbers(graph: Graph, alias: Alias, part: np.ndarray) -> np.ndarray:
    """Element numbers of the whole, from those of its part; -1 on the border."""
    numbers = np.full(graph.tensors[alias.whole].shape, -1, dtype=np.int64)
    alias.view(numbers)[...] = part
    return numbers


def folded_layout(graph: Graph, alias: Alias, part: np.ndarray) -> Layout | None:
    """Where the whole would lie, border and all, going by the element numbers of its part; None if none tells."""
    layout = affine_layout(part)
    if layout is None:
        return None
    shift = sum(s * i.lo for s, i in zip(layout.strides, inside_border(graph, alias), strict=True))
    return Layout(layout.origin - shift, layout.strides)
