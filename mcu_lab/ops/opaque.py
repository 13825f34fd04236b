"""What is known of an operator that cannot be executed: it takes all of its inputs, and makes all of its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import ELEMENT_BYTES, Graph, Operator
from mcu_lab.graph.opaque import why_opaque
from mcu_lab.ops.spec import Follow, Forms, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.whole import needs_all


def _needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return needs_all(graph, op, writes)


def _compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: Sequence[Region | None]
) -> tuple[np.ndarray | None, ...]:
    raise UnsupportedError(why_opaque(op), where=str(op))


def _limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    return (why_opaque(op),)


@lru_cache(maxsize=512)
def opaque_spec(kind: str) -> OpSpec:
    return OpSpec(
        kind=kind,
        dtypes=tuple(ELEMENT_BYTES),
        needs=_needs,
        compute=_compute,
        limits=_limits,
        forms=Forms((Follow.NOWHERE,), Follow.NOWHERE),
    )
