"""Small graphs for lowering tests, written one operator a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor

QUANT = Quant((0.5,), (0,))


class Net:
    """Collects tensors and operators; methods return tensor ids."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []

    def tensor(self, *shape: int, data: bytes | None = None, dtype: str = "int8", variable: bool = False) -> int:
        quant = QUANT if dtype == "int8" else None
        made = Tensor(len(self.tensors), f"n{len(self.tensors)}", shape, dtype, quant, data, variable)
        self.tensors.append(made)
        return made.id

    def input(self, *shape: int) -> int:
        self.inputs.append(self.tensor(*shape))
        return self.inputs[-1]

    def constant(self, *shape: int) -> int:
        return self.tensor(*shape, data=bytes(np.arange(np.prod(shape, dtype=int), dtype=np.int8)))

    def integers(self, *values: int) -> int:
        shape = (len(values),) if len(values) != 1 else ()
        return self.tensor(*shape, data=np.array(values, np.int32).tobytes(), dtype="int32")

    def op(
        self, kind: str, inputs: Sequence[int], outputs: Sequence[int], **attrs: int | str | tuple[int, ...]
    ) -> None:
        self.operators.append(Operator(len(self.operators), kind, tuple(inputs), tuple(outputs), attrs))

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self.tensors[tensor].shape

    def reshape(self, x: int, *shape: int) -> int:
        y = self.tensor(*shape)
        self.op("RESHAPE", [x, self.integers(*shape)], [y], new_shape=shape)
        return y

    def add(self, a: int, b: int) -> int:
        y = self.tensor(*np.broadcast_shapes(self.shape(a), self.shape(b)))
        self.op("ADD", [a, b], [y], fused_activation_function="NONE", pot_scale_int16=True)
        return y

    def split(self, x: int, parts: int, axis: int) -> list[int]:
        shape = list(self.shape(x))
        shape[axis] //= parts
        outputs = [self.tensor(*shape) for _ in range(parts)]
        self.op("SPLIT", [self.integers(axis), x], outputs, num_splits=parts)
        return outputs

    def concatenation(self, parts: Sequence[int], axis: int) -> int:
        shape = list(self.shape(parts[0]))
        shape[axis] = sum(self.shape(p)[axis] for p in parts)
        y = self.tensor(*shape)
        self.op("CONCATENATION", parts, [y], axis=axis, fused_activation_function="NONE")
        return y

    def graph(self, *outputs: int) -> Graph:
        return Graph("net", tuple(self.tensors), tuple(self.operators), tuple(self.inputs), outputs)
