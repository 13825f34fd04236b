"""RESIZE_NEAREST_NEIGHBOR: rows and columns of an NHWC image repeated or left out.

Source: TFLite ``reference/resize_nearest_neighbor.h``, in float32.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.lut import round_half_away
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import cut, same_quantization
from mcu_lab.ops.resizing import COLUMNS, NOTES, ROWS, resized_needs, size_limits
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes


def sources(graph: Graph, op: Operator, axis: int) -> np.ndarray:
    """int64[output extent]: the input coordinate that each output coordinate copies; never descends."""
    n_in, n_out = graph.tensors[op.inputs[0]].shape[axis], graph.tensors[op.outputs[0]].shape[axis]
    align = bool(op.attrs.get("align_corners")) and n_out > 1
    scale = np.float32(n_in - 1) / np.float32(n_out - 1) if align else np.float32(n_in) / np.float32(n_out)
    offset = np.float32(0.5 if op.attrs.get("half_pixel_centers") else 0.0)
    place = (np.arange(n_out, dtype=np.float32) + offset) * scale
    whole = round_half_away(place) if op.attrs.get("align_corners") else np.floor(place)
    return np.clip(whole.astype(np.int64), 0, n_in - 1)


def spanned(graph: Graph, op: Operator, axis: int, interval: Interval) -> Interval:
    taken = sources(graph, op, axis)
    return Interval(int(taken[interval.lo]), int(taken[interval.hi - 1]) + 1)


needs = resized_needs(spanned)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    source = needs(graph, op, writes, None)[0]
    assert source is not None
    rows = sources(graph, op, ROWS)[box[ROWS].lo : box[ROWS].hi] - source[ROWS].lo
    columns = sources(graph, op, COLUMNS)[box[COLUMNS].lo : box[COLUMNS].hi] - source[COLUMNS].lo
    return (cut(regions[0], source)[:, rows][:, :, columns],)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if wrong := size_limits(graph, op):
        return wrong
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    found = []
    if op.attrs.get("align_corners") and op.attrs.get("half_pixel_centers"):
        found.append("align_corners and half_pixel_centers exclude each other.")
    if x.dtype != y.dtype or not same_quantization((x, y)):
        found.append("the input and the output are not quantized alike.")
    return tuple(found)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    return {
        "rows": sources(graph, op, ROWS).astype(np.int32),
        "columns": sources(graph, op, COLUMNS).astype(np.int32),
    }


SPEC = OpSpec(
    kind="RESIZE_NEAREST_NEIGHBOR",
    dtypes=tuple(d for d in MOVED if d != "int64"),
    needs=needs,
    compute=compute,
    notes=NOTES,
    limits=limits,
    c_kernel="resize_nearest_neighbor",
    c_params=c_params,
)
