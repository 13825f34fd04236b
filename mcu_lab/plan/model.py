"""Plan: what follows from the decisions, written out as steps over named buffers.

A Plan is the one list that everything after lowering reads: the verifier, the executor, the cost
model, the memory timeline and the C exporter. It stores only what cannot be derived; lifetimes, peak
and the memory curve come from :mod:`mcu_lab.plan.lifetimes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from mcu_lab.device.model import APPLICATION as APPLICATION
from mcu_lab.device.model import Device
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph


class Form(Enum):
    """What the bytes of a buffer are."""

    PLAIN = "plain"
    """Elements of tensors, in their own dtypes."""
    SUMS = "sums"
    """int32 accumulators of an operator whose input arrives in slices."""
    CODES = "codes"
    """A constant as numbers of a codebook's vectors; a blocking Copy out of it decodes."""
    CODEBOOK = "codebook"
    """Vectors that codes number. No View lies in it: whoever decodes finds it by its name."""
    SCRATCH = "scratch"
    """Working memory of one step's kernel; nothing in it outlives the step."""


@dataclass(frozen=True, slots=True)
class Codebook:
    """Vectors of ``length`` elements each, one behind the other: product quantization (YONO, Kwon et al. 2022)."""

    length: int
    dtype: str
    vectors: bytes


@dataclass(frozen=True, slots=True)
class Codes:
    """The elements of a constant in row-major order, cut into vectors: for each the number of one that is equal.

    ``codebook`` is the id of the buffer that has them. ``numbers`` takes one byte for each, little-endian two where
    the codebook has more than 256 vectors. Of the last vector only as many elements count as the constant has left.
    """

    codebook: str
    numbers: bytes


@dataclass(frozen=True, slots=True)
class Buffer:
    """A run of bytes in one memory. ``offset`` is None until it has been placed.

    ``shape`` and ``dtype`` say how a person should picture it; addresses come from Views alone. ``holds`` is what lies
    in a buffer of codes, or in a codebook, from the start; all others hold elements of the graph's tensors, by Views.
    """

    id: str
    memory: str
    bytes: int
    alignment: int
    offset: int | None
    shape: tuple[int, ...]
    dtype: str
    form: Form = Form.PLAIN
    holds: Codes | Codebook | None = None

    @property
    def end(self) -> int:
        """First byte behind the buffer; needs an offset."""
        assert self.offset is not None
        return self.offset + self.bytes


@dataclass(frozen=True, slots=True)
class Ring:
    """One axis of a View is stored modulo ``rows`` (a line buffer); coordinate ``-phase`` would lie in its first place.

    A phase other than 0 comes from aliasing: row ``c`` of a padded tensor is row ``c - 1`` of what was padded.
    """

    axis: int
    rows: int
    phase: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """A box of a tensor held somewhere in a buffer.

    The element at tensor coordinate ``c`` lies at element ``origin + sum(strides[i] * c[i])`` of the buffer,
    where ``c[ring.axis]`` is first replaced by ``(c[ring.axis] + ring.phase) mod ring.rows``. ``origin`` and
    ``strides`` count elements of the tensor's dtype (int32 in a SUMS buffer); coordinates are the tensor's own, so
    ``origin`` may be negative for a box that does not start at 0. Zero-copy RESHAPE, SPLIT and CONCATENATION are just
    Views. In a buffer of codes, origin and strides are those of the whole constant, row-major from 0, and its elements
    lie there as codes.
    """

    buffer: str
    tensor: int
    box: Box
    origin: int
    strides: tuple[int, ...]
    ring: Ring | None = None


@dataclass(frozen=True, slots=True)
class Compute:
    """Run operator ``op`` on boxes. One View for each output (None: not written by this step).

    ``reads`` has one tuple of Views for each input slot: together they cover the box that is needed (one View
    nearly always; two when fresh rows lie apart from older ones; none for an absent input). With ``reduce`` the step
    consumes one slice of input 0 along the operator's reduce axis (the channels of a convolution, the rows of a global
    pool) and adds into ``sums``; the slice that completes the sums also writes the output. ``scratch`` names a SCRATCH
    buffer for the kernel.
    """

    id: int
    op: int
    writes: tuple[View | None, ...]
    reads: tuple[tuple[View, ...], ...]
    reduce: Interval | None = None
    sums: View | None = None
    scratch: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """Move the same box of the same tensor between buffers: Load, Store, Move or Decode by where its ends are.

    ``blocking=False`` starts a transfer that may read ``src`` and write ``dst`` at any time until its Wait.
    """

    id: int
    src: View
    dst: View
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Wait:
    """Block until the Copy with id ``copy`` is complete."""

    id: int
    copy: int


Step = Compute | Copy | Wait


@dataclass(frozen=True)
class Plan:
    """Steps over buffers. ``steps[i].id == i``; so row 17 is row 17 for every reader.

    ``at_start``: Views that hold valid values before the first step: constants, resident inputs, variables.
    ``at_end``: Views that must hold valid values after the last step: outputs, variables.
    """

    graph: Graph
    device: Device
    buffers: tuple[Buffer, ...]
    steps: tuple[Step, ...]
    at_start: tuple[View, ...]
    at_end: tuple[View, ...]

    @cached_property
    def buffer(self) -> Mapping[str, Buffer]:
        """Buffers by id."""
        return MappingProxyType({b.id: b for b in self.buffers})


def views_of(step: Step) -> tuple[View, ...]:
    """Every View a step touches, reads first."""
    if isinstance(step, Compute):
        views = [v for slot in step.reads for v in slot]
        views += [step.sums] if step.sums else []
        return (*views, *filter(None, step.writes))
    if isinstance(step, Copy):
        return (step.src, step.dst)
    return ()
