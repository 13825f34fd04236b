"""Arithmetic on a few integers that are known without running the graph: counters and conditions of loops, indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mcu_lab.graph.ir import Operator, Tensor

#: What is larger is data.
MOST_ELEMENTS = 16
KNOWN_DTYPES = frozenset({"int32", "int64", "bool"})

_OF_PAIRS: Mapping[str, Callable[..., np.ndarray]] = {
    "ADD": np.add, "SUB": np.subtract, "MUL": np.multiply, "MAXIMUM": np.maximum, "MINIMUM": np.minimum,
    "LESS": np.less, "LESS_EQUAL": np.less_equal, "GREATER": np.greater, "GREATER_EQUAL": np.greater_equal,
    "EQUAL": np.equal, "NOT_EQUAL": np.not_equal, "LOGICAL_AND": np.logical_and, "LOGICAL_OR": np.logical_or,
}  # fmt: skip
_SAME_ELEMENTS = frozenset({"RESHAPE", "EXPAND_DIMS", "SQUEEZE", "CAST"})


def can_be_known(tensor: Tensor) -> bool:
    return tensor.dtype in KNOWN_DTYPES and tensor.elements <= MOST_ELEMENTS


def evaluated(op: Operator, inputs: Sequence[np.ndarray], out: Tensor) -> np.ndarray | None:
    """The output of an operator from inputs that are known; None for an operator that is none of these."""
    if not can_be_known(out) or op.attrs.get("fused_activation_function", "NONE") != "NONE":
        return None
    made = None
    try:
        if op.kind in _OF_PAIRS and len(inputs) == 2:
            made = _OF_PAIRS[op.kind](*inputs)
        elif op.kind == "LOGICAL_NOT":
            made = np.logical_not(inputs[0])
        elif op.kind in _SAME_ELEMENTS:
            made = inputs[0]
        elif op.kind in ("PACK", "CONCATENATION"):
            join, axis = np.stack if op.kind == "PACK" else np.concatenate, op.attrs["axis"]
            made = join(inputs, axis=axis) if isinstance(axis, int) else None
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    if made is None or made.size != out.elements:
        return None
    return np.asarray(made.reshape(out.shape).astype(out.dtype))
