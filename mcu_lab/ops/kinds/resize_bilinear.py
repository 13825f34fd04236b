"""RESIZE_BILINEAR: an NHWC image of another size; each pixel from the four around its place in the input.

Source: TFLite ``reference/resize_bilinear.h``: int8 and int16 in integers with 10 bits behind the point
(ResizeBilinearInteger), uint8 and float32 in float32 (ResizeBilinear).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import cut
from mcu_lab.ops.resizing import COLUMNS, NOTES, ROWS, resized_needs, size_limits
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

#: Bits behind the point of a place, and its 1.
BITS, ONE = 10, 1 << 10
_FLOAT = ("uint8", "float32")


@dataclass(frozen=True, slots=True)
class Line:
    """Where an axis of the output lies in the input: output coordinate c at ``c * scale + offset``.

    In float32, half a pixel is added before scaling and taken away again behind it, instead of ``offset``.
    """

    scale: int | float
    offset: int
    half: bool


def line(graph: Graph, op: Operator, axis: int) -> Line:
    """How an axis is scaled, with ``scale`` an integer for int8 and int16."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    n_in, n_out = x.shape[axis], y.shape[axis]
    half = bool(op.attrs.get("half_pixel_centers"))
    if op.attrs.get("align_corners") and n_out > 1:
        n_in, n_out = n_in - 1, n_out - 1
    if y.dtype in _FLOAT:
        return Line(float(np.float32(n_in) / np.float32(n_out)), 0, half)
    scale = (ONE * n_in + n_out // 2) // n_out
    return Line(scale, scale // 2 - ONE // 2 if half else 0, half)


def places(graph: Graph, op: Operator, axis: int, interval: Interval) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For output coordinates: the input coordinates before and behind their place (int64), and how far it is behind the
    former (float32, or integers in units of 1/1024); below 0 at the beginning.
    """
    found, length = line(graph, op, axis), graph.tensors[op.inputs[0]].shape[axis]
    at = np.arange(interval.lo, interval.hi, dtype=np.int64)
    if graph.tensors[op.outputs[0]].dtype in _FLOAT:
        scale, half = np.float32(found.scale), np.float32(0.5)
        real = at.astype(np.float32)
        place = (real + half) * scale - half if found.half else real * scale
        lower = np.maximum(np.floor(place).astype(np.int64), 0)
        upper = np.minimum(np.ceil(place).astype(np.int64), length - 1)
        return lower, upper, place - lower.astype(np.float32)
    fixed = at * int(found.scale) + found.offset
    # C's division truncates towards zero; places before the input's first are its first either way.
    lower = np.maximum(fixed, 0) >> BITS
    upper = np.minimum(np.maximum(fixed + ONE - 1, 0) >> BITS, length - 1)
    return lower, upper, fixed - (lower << BITS)


def spanned(graph: Graph, op: Operator, axis: int, interval: Interval) -> Interval:
    (first, _, _), (_, last, _) = (
        places(graph, op, axis, Interval(at, at + 1)) for at in (interval.lo, interval.hi - 1)
    )
    return Interval(int(first[0]), int(last[0]) + 1)


needs = resized_needs(spanned)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, source = writes[0], needs(graph, op, writes, None)[0]
    assert box is not None and source is not None
    (y0, y1, down), (x0, x1, right) = (places(graph, op, axis, box[axis]) for axis in (ROWS, COLUMNS))
    is_float = graph.tensors[op.outputs[0]].dtype in _FLOAT
    values = cut(regions[0], source).astype(np.float32 if is_float else np.int64)
    down, right = down[:, None, None], right[:, None]
    up, left = (1 - down, 1 - right) if is_float else (ONE - down, ONE - right)

    def part(rows: np.ndarray, columns: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return values[:, rows - source[ROWS].lo][:, :, columns - source[COLUMNS].lo] * a * b

    dtype = graph.tensors[op.outputs[0]].dtype
    total = part(y0, x0, up, left) + part(y1, x0, down, left) + part(y0, x1, up, right) + part(y1, x1, down, right)
    if is_float:
        return ((total if dtype == "float32" else total + np.float32(0.5)).astype(dtype),)
    # To nearest, ties away from zero.
    half = 1 << (2 * BITS - 1)
    return ((np.sign(total) * ((np.abs(total) + half) >> (2 * BITS))).astype(dtype),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if wrong := size_limits(graph, op):
        return wrong
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype != y.dtype:
        return (f"the input is {x.dtype} but the output {y.dtype}.",)
    if op.attrs.get("align_corners") and op.attrs.get("half_pixel_centers"):
        return ("align_corners and half_pixel_centers exclude each other.",)
    for axis in (ROWS, COLUMNS):
        n = y.shape[axis]
        last, _, _ = places(graph, op, axis, Interval(n - 1, n))
        if int(last[0]) >= x.shape[axis] or (x.shape[axis] << BITS) + n >= 1 << 31:
            return (f"{n} from {x.shape[axis]} on axis {axis} is more than its arithmetic can tell apart.",)
    return ()


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    lines = {"row": line(graph, op, ROWS), "column": line(graph, op, COLUMNS)}
    x = graph.tensors[op.inputs[0]]
    found: dict[str, int | float | np.ndarray] = {"rows": x.shape[ROWS], "columns": x.shape[COLUMNS]}
    for name, axis in lines.items():
        if x.dtype in _FLOAT:
            found |= {f"{name}_real_scale": float(axis.scale), "half": int(axis.half)}
        else:
            found |= {f"{name}_scale": int(axis.scale), f"{name}_offset": axis.offset}
    return found


SPEC = OpSpec(
    kind="RESIZE_BILINEAR",
    dtypes=("int8", "uint8", "int16", "float32"),
    needs=needs,
    compute=compute,
    notes=NOTES,
    limits=limits,
    c_kernel="resize_bilinear",
    c_params=c_params,
)
