"""What a stage hands to lowering: the buffers it makes for itself and its steps in order, in one form for every kind.

A tensor that a stage *keeps* never lies whole anywhere: where its parts lie at each step is the stage's business, so
the steps carry Views of them. Of every other tensor (constants, what comes from outside, what leaves) a step names
nothing: lowering knows where it lies, and the operator's region rule says which box of it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Tensor
from mcu_lab.plan.model import Form, View

#: The axis that rows run along: the height of NHWC. Columns run along the next one.
ROW_AXIS = 1


@dataclass(frozen=True)
class Store:
    """A buffer in the arena that holds ``shape`` elements of a tensor (int32 ones with ``Form.SUMS``)."""

    id: str
    tensor: int
    shape: tuple[int, ...]
    form: Form = Form.PLAIN


@dataclass(frozen=True)
class Make:
    """One Compute of operator ``op``.

    writes  a box for each output (None: this step does not write it).
    reads   for tensors that the stage keeps: Views of where their parts lie now. Each slot reads what its region rule
            asks for of these boxes, which together have to hold it.
    into    for tensors that the stage keeps: where they are written; the box is that of ``writes``.
    reduce, sums  as in :class:`mcu_lab.plan.model.Compute`.
    """

    op: int
    writes: tuple[Box | None, ...]
    reads: Mapping[int, tuple[View, ...]] = field(default_factory=dict)
    into: Mapping[int, View] = field(default_factory=dict)
    reduce: Interval | None = None
    sums: View | None = None


@dataclass(frozen=True)
class Move:
    """One blocking Copy. ``src`` None: the same box of a streamed input, from the application."""

    src: View | None
    dst: View


@dataclass(frozen=True)
class StageSteps:
    """A stage written out.

    first   the lowest id of its operators; ``s{first}`` is the scratch buffer that all of them share.
    stores  the buffers that the stage makes for itself, in the order of their first use.
    kept    tensors that are never whole: made or received, and read, by this stage alone.
    """

    first: int
    stores: tuple[Store, ...]
    steps: tuple[Make | Move, ...]
    kept: frozenset[int]


def has_rows(tensor: Tensor) -> bool:
    """Whether rows of this tensor can be made and kept apart from each other: a single image."""
    return len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.shape[ROW_AXIS] > 0
