"""What a browser draws of a plan, as values: rows, rectangles, curve, peak, and the words that explain them.

Everything a view needs is in here, worked out once by :mod:`mcu_lab.view.projection`, so that a front end only
places and paints: it adds no sizes and compares no lifetimes. Ids, bytes and steps are the plan's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["input", "output", "activation", "constant", "variable", "scratch", "sums"]
Action = Literal["compute", "in_place", "alias", "copy", "wait"]


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of the model, for tooltips and the inspector."""

    id: int
    name: str
    label: str
    shape: tuple[int, ...]
    dtype: str
    bytes: int
    constant: bool


@dataclass(frozen=True)
class Attribute:
    """One option of an operator, as text."""

    name: str
    value: str


@dataclass(frozen=True)
class OperatorInfo:
    """One operator of the model. ``inputs`` leaves out absent optional ones."""

    id: int
    kind: str
    label: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: tuple[Attribute, ...]
    macs: int


@dataclass(frozen=True)
class ModelInfo:
    """The parts of the picture that no edit of the schedule changes."""

    name: str
    path: str
    sha256: str
    tensors: tuple[TensorInfo, ...]
    operators: tuple[OperatorInfo, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One step. ``made`` is the shape of what it writes; ``reads`` and ``writes`` name buffers.

    ``live_bytes`` counts the arena's buffers that are alive during it.
    """

    step: int
    op: int | None
    action: Action
    label: str
    made: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    live_bytes: int
    macs: int


@dataclass(frozen=True)
class Rect:
    """One buffer: bytes ``offset`` up to ``offset + bytes`` of ``memory``, from ``first_step`` up to ``end_step``.

    ``readers`` and ``writers`` are steps; ``shape`` is how to picture it.
    """

    buffer: str
    memory: str
    offset: int
    bytes: int
    first_step: int
    end_step: int
    role: Role
    label: str
    shape: str
    dtype: str
    tensors: tuple[int, ...]
    writers: tuple[int, ...]
    readers: tuple[int, ...]


@dataclass(frozen=True)
class MemoryUse:
    """How much of one memory the plan takes. ``limit_bytes`` is None where the device sets none."""

    name: str
    kind: str
    used_bytes: int
    limit_bytes: int | None


@dataclass(frozen=True)
class Peak:
    """The step with the most live bytes, the buffers that make it so, and why, in sentences."""

    step: int
    bytes: int
    buffers: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Projection:
    """A plan, ready to draw. ``verdict`` says in one sentence whether it fits the device."""

    arena: str
    rows: tuple[Row, ...]
    rects: tuple[Rect, ...]
    memories: tuple[MemoryUse, ...]
    arena_bytes: int
    limit_bytes: int | None
    live_bound_bytes: int
    flash_bytes: int
    flash_limit_bytes: int | None
    macs: int
    fits: bool
    verdict: str
    peak: Peak | None
