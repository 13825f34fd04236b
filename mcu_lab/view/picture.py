"""What a browser draws of a plan, as values: rows, rectangles, curve, peak, and the words that explain them.

Everything a view needs is in here, worked out once by :mod:`mcu_lab.view.projection`, so that a front end only
places and paints: it adds no sizes and compares no lifetimes. Ids, bytes and steps are the plan's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["input", "output", "activation", "constant", "variable", "scratch", "sums"]
Action = Literal["compute", "in_place", "alias", "copy", "wait", "parts"]
RowKind = Literal["operator", "transfer", "stage"]


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of the graph, for tooltips and the inspector. ``origin``: its id in the file, if it is in there."""

    id: int
    origin: int | None
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
    """One operator of the graph. ``inputs`` leaves out absent optional ones; ``origin`` is as for tensors."""

    id: int
    origin: int | None
    kind: str
    label: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: tuple[Attribute, ...]
    macs: int


@dataclass(frozen=True)
class ModelInfo:
    """The graph that is planned for, which no edit of the schedule changes, and the file that it comes from."""

    name: str
    path: str
    sha256: str
    tensors: tuple[TensorInfo, ...]
    operators: tuple[OperatorInfo, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One line of the list: an operator, a transfer, or a stage, followed by what runs in it.

    index       place in the order of operators; only operators have one.
    stage       lowest operator id of the stage it belongs to; None outside of any.
    first_step  ``first_step`` up to ``end_step`` is the hull of its steps; ``steps`` of those are its own.
    made        shape of what it writes, and in how many parts; of a stage, how many steps it takes.
    how         of a stage that somebody decided on: how it is executed; else nothing.
    reads       buffers; so are ``writes``.
    live_bytes  the most that are live during one of its steps.
    """

    kind: RowKind
    op: int | None
    stage: int | None
    index: int | None
    first_step: int
    end_step: int
    steps: int
    action: Action
    label: str
    made: str
    how: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    live_bytes: int
    macs: int


@dataclass(frozen=True)
class StepRow:
    """A single step, for those who look closely."""

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

    readers  operators that read it, -1 for a transfer; so are ``writers``.
    shape    how to picture it.
    outline  (step, lo, hi): from this step until the next corner, only bytes ``lo`` up to ``hi`` from ``offset`` are
             live. Empty when all of them are all the time.
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
    outline: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class MemoryUse:
    """How much of one memory the plan takes. ``limit_bytes`` is None where the device sets none."""

    name: str
    kind: str
    used_bytes: int
    limit_bytes: int | None


@dataclass(frozen=True)
class Peak:
    """The step with the most live bytes, its row, the buffers that make it so, and why, in sentences."""

    step: int
    row: int
    bytes: int
    buffers: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Head:
    """The figures of a plan. ``verdict`` says in one sentence whether it fits the device."""

    arena: str
    steps: int
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


@dataclass(frozen=True)
class Projection:
    """A plan, ready to draw. ``curve``: (step, live bytes) wherever that changes; it holds until the next."""

    head: Head
    rows: tuple[Row, ...]
    rects: tuple[Rect, ...]
    curve: tuple[tuple[int, int], ...]
