"""What a convolution sees of an input that an explicit PAD has made: the border counts as its own padding.

Converters write a PAD before a convolution where its framework pads unevenly. Both stand for the zero point, so the
convolution need not read what the PAD has added, and the PAD need not write it.
"""

from __future__ import annotations

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.kinds import pad
from mcu_lab.ops.window import Window, windows_of


def convolution_windows(graph: Graph, op: Operator) -> tuple[Window, Window]:
    """The (row, column) windows of CONV_2D or DEPTHWISE_CONV_2D: weights are (., height, width, .)."""
    _, height, width, _ = graph.tensors[op.inputs[1]].shape
    return windows_of(graph, op, (height, width), _interior(graph, op.inputs[0]))


def _interior(graph: Graph, tensor: int) -> tuple[Interval, Interval] | None:
    """The rows and columns that a PAD of nothing but these has taken over from its input; None for other tensors."""
    made_by = graph.producer.get(tensor)
    op = None if made_by is None else graph.operators[made_by]
    if op is None or op.kind != "PAD" or pad.limits(graph, op):
        return None
    batch, above_below, left_right, channels = pad.paddings(graph, op)
    if any((*batch, *channels)):
        return None
    _, height, width, _ = graph.tensors[tensor].shape
    return (
        Interval(above_below[0], height - above_below[1]),
        Interval(left_right[0], width - left_right[1]),
    )
