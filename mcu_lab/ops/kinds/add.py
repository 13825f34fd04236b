"""ADD: the sum of two tensors, broadcast against each other."""

from __future__ import annotations

from functools import partial

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.binary import ACTIVATED, DTYPES, tensors_of
from mcu_lab.ops.meeting import meeting_spec
from mcu_lab.ops.sums import met, shifts_of, sum_limits, sum_params


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = sum_limits(graph, op)
    if found or shifts_of(graph, op) is None:
        return found
    a, b, _ = tensors_of(graph, op)
    if a.shape != b.shape:
        return ("its scales are powers of two, and its operands have different shapes; LiteRT cannot do both.",)
    return ()


SPEC = meeting_spec("ADD", DTYPES, partial(met, np.add), limits, sum_params, ACTIVATED)
