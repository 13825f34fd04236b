"""Sliding windows over the rows and columns of an NHWC tensor: which inputs an output needs, and fetching them.

Padding is decided in :func:`windows_of` alone; everything behind it only knows where a window starts and what is
inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.shapes import output_extent
from mcu_lab.ops.spec import Region

#: How much longer than twice its input a window may be; more is a damaged file, and would be padded in memory.
_SLACK = 64


@dataclass(frozen=True, slots=True)
class Window:
    """One axis: output ``o`` reads inputs ``o * stride - before + k * dilation`` for k in [0, size).

    Positions that are not ``inside`` are padding, within the input (see :mod:`mcu_lab.ops.folding`) and beyond it.
    """

    size: int
    stride: int
    dilation: int
    before: int
    inside: Interval

    @property
    def span(self) -> int:
        """Extent of one window on the input, gaps included."""
        return (self.size - 1) * self.dilation + 1

    def reach(self, out: Interval) -> Interval:
        """The inputs spanned by the windows of ``out``, padding included."""
        return Interval(out.lo * self.stride - self.before, (out.hi - 1) * self.stride - self.before + self.span)

    def valid(self, out: int) -> Interval:
        """The taps k of output ``out`` that lie inside."""
        start = out * self.stride - self.before
        first = max(0, -((start - self.inside.lo) // self.dilation))  # ceil((inside.lo - start) / dilation)
        last = (self.inside.hi - 1 - start) // self.dilation
        return Interval(min(first, self.size), max(0, min(last + 1, self.size)))

    def needed(self, out: Interval) -> Interval:
        """The smallest interval that holds every input inside that the windows of ``out`` read."""
        return _needed(self, out)


#: Of more windows it is not worked out which rows at the edges they step over: a row more is no harm.
_MOST_WINDOWS = 1 << 12


@lru_cache(maxsize=1 << 16)
def _needed(window: Window, out: Interval) -> Interval:
    reach = window.reach(out)
    clipped = reach & window.inside
    if not clipped:
        return Interval(0, 0)
    no_gaps = clipped == reach or (window.dilation == 1 and window.size >= window.stride)
    if no_gaps or len(out) > _MOST_WINDOWS:
        return clipped
    # Where there are gaps between taps or windows, those at an edge may step over the outermost rows. A window that
    # begins (ends) inside reads nothing before (behind) what those after (before) it read.
    lowest = _first_tap(window, range(out.lo, out.hi))
    if lowest is None:
        return Interval(0, 0)
    highest = _last_tap(window, range(out.hi - 1, out.lo - 1, -1))
    assert highest is not None
    return Interval(lowest, highest + 1)


def _first_tap(window: Window, outputs: range) -> int | None:
    """The least input inside that windows in ascending order read; None when they read none."""
    found: int | None = None
    for o in outputs:
        taps, start = window.valid(o), o * window.stride - window.before
        if taps:
            tap = start + taps.lo * window.dilation
            found = tap if found is None else min(found, tap)
        if start >= window.inside.hi or (taps and start >= window.inside.lo):
            break
    return found


def _last_tap(window: Window, outputs: range) -> int | None:
    """The largest input inside that windows in descending order read; None when they read none."""
    found: int | None = None
    for o in outputs:
        taps, start = window.valid(o), o * window.stride - window.before
        if taps:
            tap = start + (taps.hi - 1) * window.dilation
            found = tap if found is None else max(found, tap)
        if start + window.span <= window.inside.lo or (taps and start + window.span <= window.inside.hi):
            break
    return found


def _axis(length: int, size: int, stride: int, dilation: int, padding: str, inside: Interval) -> Window:
    span = (size - 1) * dilation + 1
    outputs = output_extent(length, span, stride, padding)
    before = max(0, (outputs - 1) * stride + span - length) // 2 if padding == "SAME" else 0
    return Window(size, stride, dilation, before, inside)


def integer(op: Operator, attribute: str, absent: int = 0) -> int:
    """An integer attribute of the operator; ``absent`` where the options have no such field."""
    value = op.attrs.get(attribute, absent)
    return value if isinstance(value, int) else absent


def windows_of(
    graph: Graph, op: Operator, kernel: tuple[int, int], inside: tuple[Interval, Interval] | None = None
) -> tuple[Window, Window]:
    """The (row, column) windows of a convolution or pool with a kernel of (height, width).

    ``inside``: the rows and columns of the input that are no padding; all of them where it is None.
    """
    _, height, width, _ = graph.tensors[op.inputs[0]].shape
    padding = str(op.attrs["padding"])
    rows, columns = inside or (Interval(0, height), Interval(0, width))
    return (
        _axis(height, kernel[0], integer(op, "stride_h"), integer(op, "dilation_h_factor", 1), padding, rows),
        _axis(width, kernel[1], integer(op, "stride_w"), integer(op, "dilation_w_factor", 1), padding, columns),
    )


def padded(
    region: Region | None, box: Box, fill: int | float, dtype: np.dtype, inside: Box | None = None
) -> np.ndarray:
    """The values of ``box`` as ``dtype``; what the region does not hold, or is not inside, becomes ``fill``."""
    if region is None:
        return np.full(box.shape, fill, dtype=dtype)
    inner = box & region.box
    if inside is not None:
        inner &= inside
    if inner == box:
        return region.values[box.within(region.box)].astype(dtype)
    out = np.full(box.shape, fill, dtype=dtype)
    if inner.size:
        out[inner.within(box)] = region.values[inner.within(region.box)]
    return out


def windowed_box(rows: Window, columns: Window, batch: Interval, out: Box, channels: Interval) -> Box | None:
    """The box of ``channels`` under the windows of an output box; None where they find nothing but padding."""
    box = Box((batch, rows.needed(out[1]), columns.needed(out[2]), channels))
    return box if box.size else None


def patches(x: np.ndarray, rows: Window, columns: Window, outputs: tuple[int, int]) -> np.ndarray:
    """A view (n, out_h, out_w, kernel_h, kernel_w, c) on ``x`` (n, h, w, c), which spans exactly those windows."""
    n, h, w, c = x.strides
    shape = (x.shape[0], *outputs, rows.size, columns.size, x.shape[3])
    strides = (n, h * rows.stride, w * columns.stride, h * rows.dilation, w * columns.dilation, c)
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


#: Rows of a window that the C kernels have room for.
C_WINDOW_ROWS = 32


def window_params(op: Operator, rows: Window, columns: Window) -> Mapping[str, int]:
    """The fields of the C struct ``mcu_window_t``, as member ``window`` of a parameter struct.

    Raises UnsupportedError for a window with more rows than the kernels have room for.
    """
    if rows.size > C_WINDOW_ROWS:
        message = f"Its windows have {rows.size} rows; the C kernels have room for {C_WINDOW_ROWS}."
        raise UnsupportedError(message, where=str(op))
    fields = {
        "filter": (rows.size, columns.size),
        "stride": (rows.stride, columns.stride),
        "dilation": (rows.dilation, columns.dilation),
        "pad": (rows.before, columns.before),
    }
    inside = (("h", rows.inside), ("w", columns.inside))
    return {
        **{f"window.inside_{axis}.{end}": getattr(interval, end) for axis, interval in inside for end in ("lo", "hi")},
        **{f"window.{name}_{axis}": n for name, pair in fields.items() for axis, n in zip("hw", pair, strict=True)},
    }


def window_limits(graph: Graph, op: Operator, kernel: tuple[int, int]) -> tuple[str, ...]:
    """Why the windows of this operator cannot be executed; the input must have rank 4."""
    tensor, output = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    padding = op.attrs.get("padding")
    if padding not in ("SAME", "VALID"):
        return (f"padding is {padding!r}; SAME and VALID are supported.",)
    numbers = {
        "kernel height": kernel[0],
        "kernel width": kernel[1],
        "stride_h": integer(op, "stride_h"),
        "stride_w": integer(op, "stride_w"),
        "dilation_h_factor": integer(op, "dilation_h_factor", 1),
        "dilation_w_factor": integer(op, "dilation_w_factor", 1),
    }
    bad = tuple(f"{name} is {value}; it must be at least 1." for name, value in numbers.items() if value < 1)
    if bad:
        return bad
    rows, columns = windows_of(graph, op, kernel)
    axes = (("rows", tensor.shape[1], rows), ("columns", tensor.shape[2], columns))
    for what, length, window in axes:
        if window.span > 2 * length + _SLACK:
            return (f"its windows span {window.span:,} {what} of an input with {length:,}.",)
    expected = tuple(output_extent(length, w.span, w.stride, str(padding)) for _, length, w in axes)
    if output.shape[1:3] != expected:
        return (
            f"the output has {output.shape[1]}x{output.shape[2]} positions, but {padding} windows over "
            f"{tensor.shape[1]}x{tensor.shape[2]} give {expected[0]}x{expected[1]}.",
        )
    return ()
