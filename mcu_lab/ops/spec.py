"""What an operator's file has to say about its operator: the one form all of them fill in.

The planner, the verifier, the executor, the cost model and the exporter ask an :class:`OpSpec` and
nothing else, so that there is no second place that knows what an operator needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator

#: One box for each output of an operator (None: this output is not written by the step).
WriteBoxes = tuple[Box | None, ...]
#: One box for each input slot (None: absent optional input, or nothing of it is needed).
ReadBoxes = tuple[Box | None, ...]


class Access(Enum):
    """The order in which an operator's kernels (numpy and C) promise to touch memory.

    It decides which overlap of output and input is legal: in place, or diagonally.
    """

    UNORDERED = "unordered"
    """Anything may be read or written at any time: output and inputs must not share a byte."""
    ROWS = "rows"
    """Output rows (axis 1 of a rank-4 tensor, axis 0 below rank 3) are made in ascending order; a row's
    inputs are all read before its first byte is written."""
    ELEMENTS = "elements"
    """Output elements are made in row-major order; each is written after its own inputs were read, and
    never reads what an earlier element needed again."""


class Follow(Enum):
    """Along which axes of a tensor an operator's kernels look anew where its elements lie.

    Only along those may a ring turn in the middle of a box, and an input be split into several Views; along all others
    kernels go straight on.
    """

    EVERYWHERE = "any axis"
    BEFORE_LAST = "any axis but the last"
    ROWS = "axis 1"
    NOWHERE = "no axis"

    def axes(self, rank: int) -> range:
        """These axes of a tensor of that rank."""
        match self:
            case Follow.EVERYWHERE:
                return range(rank)
            case Follow.BEFORE_LAST:
                return range(rank - 1)
            case Follow.ROWS:
                return range(1, 2)
        return range(0)


@dataclass(frozen=True)
class Forms:
    """Which forms of Views an operator's kernels follow: for each input slot, the last entry for all further ones, and
    for outputs and sums.
    """

    inputs: tuple[Follow, ...]
    outputs: Follow

    def input(self, slot: int) -> Follow:
        return self.inputs[min(slot, len(self.inputs) - 1)]


ANY_FORM = Forms((Follow.EVERYWHERE,), Follow.EVERYWHERE)
#: Sliding windows find the rows under them; along a row, and in weights and biases, they walk straight on.
WINDOW_FORMS = Forms((Follow.ROWS, Follow.NOWHERE), Follow.ROWS)


@dataclass(frozen=True)
class Region:
    """A box of a tensor and its values; ``values.shape == box.shape``."""

    box: Box
    values: np.ndarray


@dataclass(frozen=True)
class Alias:
    """``part`` can be held inside ``whole`` without moving a byte.

    ``view`` maps an array of ``whole``'s shape to a numpy view with ``part``'s shape (a reshape, a slice,
    a transpose). Lowering applies it to an array of element numbers to learn origin and strides. Where an output is
    more than the inputs that lie in it (PAD), nobody writes its border, and nobody may read it.
    """

    part: int
    whole: int
    view: Callable[[np.ndarray], np.ndarray]


def no_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    return ()


def no_aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
    return ()


def no_macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    return 0


@dataclass(frozen=True)
class OpSpec:
    """Everything mcu_lab knows about one operator kind. All functions are pure.

    kind        TFLite builtin name.
    dtypes      activation dtypes the kernels accept, for the generated table of supported operators.
    limits      reasons why this use of the operator cannot be executed (empty: it can). Complete
                sentences naming the attribute and value; never raises.
    needs       region rule: the input boxes that the given output boxes depend on, clipped to the tensors;
                ``reduce`` narrows input 0 to one slice of ``reduce_axis``. Constants are inputs like others. Padding
                is no dependence, be it the operator's own or a PAD's before it (:mod:`mcu_lab.ops.folding`).
    compute     numpy kernel: output arrays for the output boxes, from regions that hold at least what
                ``needs`` asks for. Must give LiteRT's reference-kernel bytes for any box.
    macs        multiply-accumulates to make those output boxes.
    access      see :class:`Access`.
    forms       see :class:`Forms`.
    aliases     the ways this operator can cost nothing because its tensors share storage.
    in_place    input slots whose buffer the output may take over, element by element.
    updates     (input slot, output number) of the state that the kernels change where it lies: the output is the very
                tensor of the input. They read what it was and leave what it becomes, in whatever order.
    accumulate  for operators that can consume input 0 in slices along ``reduce_axis``: int32 sums of one slice,
                without bias, in the shape of the output box (None: cannot).
    join        what makes one of the sums of two slices.
    reduce_axis  the axis of input 0 that slices run along, which the operator sums over: channels for a convolution,
                rows for a global pool or MEAN (None: this use of it cannot be summed up).
    finish      sums of all slices -> output values (adds bias, requantizes, clamps).
    scratch_bytes  working memory the C kernel needs for those output boxes, in bytes.
    c_kernel    name of the C kernel family in ``firmware/runtime``, or of one for each dtype of ``data_slot``
                (None: not exportable yet).
    c_variant   what follows the family's name for this use of the operator ("" for most).
    data_slot   the input slot whose dtype, with the output's, names the C kernel in its family.
    shape_slot  the input slot that holds the output's shape (None: it follows from the other inputs).
    misread     dtypes of input 0 on which LiteRT's reference kernel reads other values than are there; a model is then
                held against its optimized kernels.
    notes       limits worth telling before one meets them, in a sentence or two, for the generated table.
    c_params    fields of the kernel's parameter struct: ints, floats, or arrays (emitted as const tables).
    """

    kind: str
    dtypes: tuple[str, ...]
    needs: Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]
    compute: Callable[[Graph, Operator, WriteBoxes, tuple[Region | None, ...]], tuple[np.ndarray | None, ...]]
    limits: Callable[[Graph, Operator], tuple[str, ...]] = no_limits
    macs: Callable[[Graph, Operator, WriteBoxes, Interval | None], int] = no_macs
    access: Access = Access.UNORDERED
    forms: Forms = ANY_FORM
    aliases: Callable[[Graph, Operator], tuple[Alias, ...]] = no_aliases
    in_place: Callable[[Graph, Operator], tuple[int, ...]] = lambda graph, op: ()
    updates: tuple[tuple[int, int], ...] = ()
    accumulate: Callable[[Graph, Operator, Box, tuple[Region | None, ...], Interval], np.ndarray] | None = None
    join: np.ufunc = np.add
    reduce_axis: Callable[[Graph, Operator], int | None] = lambda graph, op: None
    finish: Callable[[Graph, Operator, Box, np.ndarray, tuple[Region | None, ...]], np.ndarray] | None = None
    scratch_bytes: Callable[[Graph, Operator, WriteBoxes], int] = lambda graph, op, writes: 0
    data_slot: int = 0
    shape_slot: int | None = None
    misread: tuple[str, ...] = ()
    notes: str = ""
    c_kernel: str | Mapping[str, str] | None = None
    c_variant: Callable[[Graph, Operator], str] = lambda graph, op: ""
    c_params: Callable[[Graph, Operator], Mapping[str, int | float | np.ndarray]] | None = None

    def c_family(self, dtype: str) -> str | None:
        """The C kernel family for that dtype of input 0."""
        return self.c_kernel.get(dtype) if isinstance(self.c_kernel, Mapping) else self.c_kernel
