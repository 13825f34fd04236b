"""What operators share that mix all elements along the last axis: SOFTMAX, LOG_SOFTMAX, L2_NORMALIZATION."""

from __future__ import annotations

from collections.abc import Mapping
from types import EllipsisType

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops.regions import cut, whole_last_axis
from mcu_lab.ops.spec import Follow, Forms, Region, WriteBoxes

#: Kernels walk straight on along the last axis.
FORMS = Forms((Follow.BEFORE_LAST,), Follow.BEFORE_LAST)
NOTES = "The last axis is needed whole."


def whole_vectors(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray, tuple[EllipsisType, slice]]:
    """The vectors of the input on which the output box lies, and which part of their results that box is."""
    source = whole_last_axis(graph, op, writes, None)[0]
    assert writes[0] is not None and source is not None
    return cut(regions[0], source), (..., writes[0].slices[-1])


def added(values: np.ndarray) -> np.ndarray:
    """Sums along the last axis. cumsum adds from first to last, as C does; sum() adds pairwise."""
    return np.cumsum(values, axis=-1, dtype=np.float32)[..., -1:]


def output_limits(y: Tensor, scale: float, zero_points: Mapping[str, int]) -> tuple[str, ...]:
    """Why a quantized output is not the one that LiteRT accepts; ``zero_points`` by dtype."""
    assert y.quant
    zero_point = zero_points[y.dtype]
    if (y.quant.scale, y.quant.zero_point) == (scale, zero_point):
        return ()
    found = f"the output has the scale {y.quant.scale:g} and the zero point {y.quant.zero_point}"
    return (f"{found}; LiteRT accepts only 1/{round(1 / scale)} and {zero_point}.",)
