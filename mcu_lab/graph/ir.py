"""Graph: tensors and operators. Immutable; knows nothing of the file it came from.

A tensor or an operator is named by its index (``Graph.tensors[7]`` has ``id == 7``), so every
reference is a small integer that means the same in the plan, the trace and the exported C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import printable

#: Before the kind of an operator that cannot be executed (:mod:`mcu_lab.graph.opaque`).
OPAQUE = "OPAQUE:"

AttrValue = int | float | bool | str | bytes | tuple[int, ...] | tuple[float, ...]

#: Bytes of one element. A dtype that is not here (string, resource, int4 …) is kept but not executed.
ELEMENT_BYTES: Mapping[str, int] = MappingProxyType(
    {
        "int8": 1, "uint8": 1, "bool": 1, "int16": 2, "uint16": 2, "float16": 2,
        "int32": 4, "uint32": 4, "float32": 4, "int64": 8, "uint64": 8, "float64": 8,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Quant:
    """Affine quantization: ``real = scale * (q - zero_point)``.

    ``axis`` is None for one scale for the whole tensor, else the axis that the scales run along.
    Scales are float32 values held as Python floats, exactly as stored in the file.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int | None = None

    @property
    def scale(self) -> float:
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        return self.zero_points[0]


@dataclass(frozen=True)
class Tensor:
    """One tensor. ``shape`` is in elements, row-major (NHWC for images).

    ``data`` holds the bytes of a constant, little-endian, and is None for an activation.
    ``variable`` marks state that lives from one inference to the next (:mod:`mcu_lab.graph.state`); ``initial`` holds
    the bytes it starts with, None where it starts as zero (:attr:`fresh`). ``shape_signature`` keeps the file's free
    dimensions (-1) where it had any. ``packed``: the file stores this int8 constant as int4.
    """

    id: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    quant: Quant | None = None
    data: bytes | None = field(default=None, repr=False)
    variable: bool = False
    shape_signature: tuple[int, ...] | None = None
    initial: bytes | None = field(default=None, repr=False)
    packed: bool = False

    @property
    def is_const(self) -> bool:
        return self.data is not None

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def element_bytes(self) -> int:
        return ELEMENT_BYTES.get(self.dtype, 0)

    @property
    def bytes(self) -> int:
        """Size of the dense tensor in bytes; 0 for a dtype without a fixed element size."""
        return self.elements * self.element_bytes

    @cached_property
    def array(self) -> np.ndarray:
        """A constant's values, read-only, in the tensor's shape."""
        if self.data is None:
            raise ValueError(f"tensor {self.id} ({self.name}) is not a constant")
        return np.frombuffer(self.data, dtype=self.dtype).reshape(self.shape)

    @cached_property
    def fresh(self) -> np.ndarray:
        """What state holds before the first inference, read-only: what the model says, else zero.

        That is every bit 0, but for int8 the zero point (TFLite ``Subgraph::ResetVariableTensors``).
        """
        if self.initial is not None:
            return np.frombuffer(self.initial, dtype=self.dtype).reshape(self.shape)
        zero = self.quant.zero_point if self.quant and self.dtype == "int8" else 0
        return np.broadcast_to(np.array(zero, self.dtype), self.shape)

    @cached_property
    def fresh_byte(self) -> int | None:
        """The byte that every byte of fresh state is; None where they differ."""
        held = set(self.fresh.tobytes())
        return held.pop() if len(held) == 1 else None

    def __str__(self) -> str:
        dims = "x".join(map(str, self.shape)) or "scalar"
        return printable(f"t{self.id} {self.name} {dims} {self.dtype}")


@dataclass(frozen=True)
class Operator:
    """One operator. ``inputs`` holds tensor ids, -1 for an optional input that is absent.

    ``kind`` is the TFLite builtin name (``CONV_2D``) or ``CUSTOM:name``. ``attrs`` holds every field of
    its options by its schema name in snake case, enums as their names (``padding == "SAME"``).
    """

    id: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attrs: Mapping[str, AttrValue] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 1

    def __str__(self) -> str:
        return printable(f"op{self.id} {self.kind.removeprefix(OPAQUE)}")


@dataclass(frozen=True)
class Signature:
    """A named way to call a model: names for the inputs and outputs of one of its subgraphs (0 is the graph itself)."""

    key: str
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]
    subgraph: int = 0


@dataclass(frozen=True)
class Graph:
    """Tensors and operators in the order of the file; ``operators`` is a topological order.

    ``subgraphs`` holds the other subgraphs of the model (control flow, initialisation); they are kept
    and shown but not executed.
    """

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    subgraphs: tuple[Graph, ...] = ()
    metadata: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    signatures: tuple[Signature, ...] = ()
    description: str = ""
    sha256: str = ""
    """Of the file the graph was read from; empty for a graph made in memory."""

    @cached_property
    def producer(self) -> Mapping[int, int]:
        """Tensor id -> id of the operator that writes it (graph inputs and constants have none)."""
        return MappingProxyType({t: op.id for op in self.operators for t in op.outputs})

    @cached_property
    def readers(self) -> Mapping[int, tuple[int, ...]]:
        """Tensor id -> ids of the operators that read it, ascending, each once."""
        found: dict[int, list[int]] = {}
        for op in self.operators:
            for t in dict.fromkeys(op.inputs):
                if t >= 0:
                    found.setdefault(t, []).append(op.id)
        return MappingProxyType({t: tuple(ops) for t, ops in found.items()})

    def predecessors(self, op: Operator) -> tuple[int, ...]:
        """Ids of the operators that have to run before ``op``.

        They make what it reads, or read what state was before ``op`` changes it.
        """
        made = (self.producer[t] for t in op.inputs if t in self.producer)
        state = (t for t in op.outputs if self.tensors[t].variable)
        # Who comes before the operator that changes state reads it as it was, and need not wait.
        before = (r for t in state for r in self.readers.get(t, ()) if r < op.id)
        return tuple(dict.fromkeys((*(p for p in made if p < op.id), *before)))

    @cached_property
    def states(self) -> tuple[int, ...]:
        """Ids of the tensors that live from one inference to the next and that somebody uses."""
        used = {*self.producer, *self.readers, *self.outputs}
        return tuple(t.id for t in self.tensors if t.variable and t.id in used)

    @cached_property
    def activations(self) -> tuple[int, ...]:
        """Ids of the tensors that need memory while the graph runs: inputs, operator outputs and state."""
        used = dict.fromkeys((*self.inputs, *(t for op in self.operators for t in op.outputs), *self.states))
        return tuple(t for t in used if not self.tensors[t].is_const)
