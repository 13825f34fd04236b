"""Random uses of UNIDIRECTIONAL_SEQUENCE_LSTM."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from mcu_lab.graph.ir import AttrValue, Graph, Operator, Quant, Tensor
from mcu_lab.graph.state import with_state


def lstm(seed: int, dtype: str = "int8") -> Graph:
    rng = np.random.default_rng(seed)
    batch, steps, inputs, cells = (int(rng.integers(1, n)) for n in (3, 6, 9, 8))
    is_float, time_major = dtype == "float32", seed % 2 == 0
    tensors: list[Tensor] = []

    def tensor(name: str, shape: tuple[int, ...], kind: str, quant: Quant | None, most: int = 0) -> int:
        data = None
        if most:
            values = rng.standard_normal(shape) if is_float else rng.integers(-most, most + 1, shape)
            data = values.astype(kind).tobytes()
        variable = name in ("hidden", "cell")
        tensors.append(Tensor(len(tensors), name, shape, kind, None if is_float else quant, data, variable=variable))
        return len(tensors) - 1

    def scale(about: float, zero: int = 0) -> Quant:
        return Quant((float(np.float32(about * rng.uniform(0.5, 2))),), (zero,))

    middle = "float32" if is_float else "int32"
    hidden = scale(0.007, int(rng.integers(-10, 10)) if seed % 3 == 0 else 0)
    x_shape = (steps, batch, inputs) if time_major else (batch, steps, inputs)
    slots = [-1] * 24
    slots[0] = tensor("x", x_shape, dtype, scale(0.03, int(rng.integers(-128, 128))))
    for gate in range(4):
        slots[1 + gate] = tensor(f"w{gate}", (cells, inputs), dtype, scale(0.01), 127)
        slots[5 + gate] = tensor(f"r{gate}", (cells, cells), dtype, scale(0.01), 127)
        slots[12 + gate] = tensor(f"b{gate}", (cells,), middle, scale(0.0003), 2000)
    slots[18] = tensor("hidden", (batch, cells), dtype, hidden)
    power = -11 - seed % 4
    slots[19] = tensor("cell", (batch, cells), "float32" if is_float else "int16", Quant((2.0**power,), (0,)))
    named = []
    for number in range(5):
        tensors.append(
            Tensor(len(tensors), f"between{number}", (0,), "int8" if number == 4 else "float32", hidden, data=b"")
        )
        named.append(len(tensors) - 1)
    y = tensor("y", (*x_shape[:2], cells), dtype, hidden)
    attrs: dict[str, AttrValue] = {
        "fused_activation_function": "TANH", "cell_clip": (0.0, 10.0, 0.5)[seed % 3], "proj_clip": 0.0,
        "time_major": time_major, "asymmetric_quantize_inputs": False, "diagonal_recurrent_tensors": False,
    }  # fmt: skip
    if not is_float:
        attrs["intermediates"] = tuple(named)
    op = Operator(0, "UNIDIRECTIONAL_SEQUENCE_LSTM", tuple(slots), (y,), MappingProxyType(attrs))
    return with_state(Graph("lstm", tuple(tensors), (op,), (0,), (y,)))
