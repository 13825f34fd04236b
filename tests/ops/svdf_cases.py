"""Random uses of SVDF."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor
from mcu_lab.graph.state import with_state


def svdf(seed: int, dtype: str = "int8", state: str = "int16") -> Graph:
    """One SVDF; ``state`` is the dtype of its memory where its input is int8."""
    rng = np.random.default_rng(seed)
    batch, inputs, memory, rank = (int(rng.integers(1, n)) for n in (3, 9, 7, 4))
    units = int(rng.integers(1, 6))
    filters = units * rank
    is_float = dtype == "float32"
    held = "float32" if is_float else state

    def quant(scale: float, zero: bool = False) -> Quant | None:
        scale = float(np.float32(scale * rng.uniform(0.5, 2)))
        return None if is_float else Quant((scale,), (int(rng.integers(-20, 20)) if zero else 0,))

    of_state, of_time = quant(0.2, state == "int8"), quant(0.02)

    def tensor(number: int, name: str, shape: tuple[int, ...], kind: str, q: Quant | None, constant: bool) -> Tensor:
        data = None
        if constant:
            info = None if is_float else np.iinfo(kind)
            most = 3000 if kind == "int32" else info.max if info else 0
            values = rng.standard_normal(shape) if is_float else rng.integers(-most, most + 1, shape)
            data = values.astype(kind).tobytes()
        return Tensor(number, name, shape, kind, q, data, variable=name == "memory")

    of_bias = of_state and of_time and Quant((float(np.float32(of_state.scale * of_time.scale)),), (0,))
    tensors = (
        tensor(0, "x", (batch, inputs), dtype, quant(0.1, True), False),
        tensor(1, "feature", (filters, inputs), dtype, quant(0.02), True),
        tensor(2, "time", (filters, memory), held, of_time, True),
        tensor(3, "bias", (units,), "float32" if is_float else "int32", of_bias, True),
        tensor(4, "memory", (batch, filters * memory), held, of_state, False),
        tensor(5, "y", (batch, units), dtype, quant(0.5 if state == "int8" else 60, True), False),
    )
    activation = ("NONE", "RELU", "RELU6")[seed % 3] if is_float else "RELU"
    attrs: dict[str, AttrValue] = {
        "rank": rank, "fused_activation_function": activation, "asymmetric_quantize_inputs": False,
    }  # fmt: skip
    op = Operator(0, "SVDF", (0, 1, 2, 3, 4), (5,), MappingProxyType(attrs))
    return with_state(Graph("svdf", tensors, (op,), (0,), (5,)))
