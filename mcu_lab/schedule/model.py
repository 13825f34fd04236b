"""Schedule: only what was decided. Small, immutable, diffable, and free of consequences.

Decisions are independent of each other and of the order they were made in, so that a slider can
change one. What follows from them (buffers, steps, offsets of unpinned buffers) is lowering's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

InputMode = Literal["resident", "streamed"]
Fresh = Literal["inside", "apart"]
Anew = tuple[int, ...] | Literal["all"]


@dataclass(frozen=True)
class ByRows:
    """Whoever makes the stage's outputs pulls the rows it reads, those pull theirs: nothing is made twice.

    operators  ids of operators that follow each other in the order and hang together; here their order says nothing.
    rows       how many rows of its output each step of an operator makes (the last step may have fewer left).
    fresh      where a row lies between being made and being read first. ``inside``: in the line buffer, which then
               has room for it. ``apart``: in a place of its own, which others use when it is not; it moves into the
               line buffer when the oldest row there is no longer wanted.
    """

    operators: tuple[int, ...]
    rows: int = 1
    fresh: Fresh = "inside"
    kind: Literal["rows"] = field(default="rows", repr=False, kw_only=True)


@dataclass(frozen=True)
class ByTiles:
    """As by rows, but some of what was made before is made again for each tile that reads it, instead of being kept.

    columns  how many columns a tile has; 0: all of them. Where nothing is made anew, the stage's output is made in
             strips of so many, one after the other, and what neighbours share is made for each of them.
    anew     operators of the stage that keep nothing: whenever what they make is read, as much as is read is made
             anew, so many columns at a time. ``all``: every tile makes all that it needs.
    """

    operators: tuple[int, ...]
    rows: int = 1
    columns: int = 0
    anew: Anew = ()
    kind: Literal["tiles"] = field(default="tiles", repr=False, kw_only=True)


@dataclass(frozen=True)
class ByChannels:
    """Slices of ``channels`` are made, passed on, and summed up by the operator that mixes them (Pex)."""

    operators: tuple[int, ...]
    channels: int
    kind: Literal["channels"] = field(default="channels", repr=False, kw_only=True)


#: Operators executed together, in parts: of what lies between them only the part still wanted is kept. Who asks for
#: the kind matches all of them and ends with ``assert_never``.
Stage = ByRows | ByTiles | ByChannels


@dataclass(frozen=True, order=True)
class Transfer:
    """How a constant out of the core's reach comes into the arena: in chunks, and ahead of their use.

    It holds for each operator that reads the constant, all of which have to run whole; each gets a ring of its own.
    (Swapping: Miao & Lin 2021/22.)

    tensor  id of the constant.
    chunk   how many channels a chunk has, at least 1; the last one may have fewer. They are counted along the axis of
            the constant of which its operator needs just the output channels that it makes (the first one of the
            weights of CONV_2D and FULLY_CONNECTED, the last of depthwise ones), and the operator is executed in as many
            parts. A chunk that is as long as the axis is the whole constant, which every operator can be given.
    ahead   how many steps before it is read a chunk's Copy begins. A chunk that Compute number n of the plan is the
            first to read, counted over all operators, is on its way from right before Compute number ``n - ahead`` on,
            or as soon after that as nobody reads the chunk ``slots`` before it any more. 0: right before it is read,
            and the core waits.
    slots   how many chunks the arena has room for. More than ``ahead``, unless it has room for all.
    """

    tensor: int
    chunk: int
    ahead: int = 0
    slots: int = 1


@dataclass(frozen=True)
class Schedule:
    """Decisions about one graph.

    order     operator ids, every one once, in execution order.
    alias     operators executed without moving a byte (RESHAPE, SPLIT, CONCATENATION …): their tensors
              share storage. Ids of operators that have aliases.
    in_place  (operator id, input slot): the output takes over this input's buffer.
    stages    runs of operators that execute in parts; an operator is in one stage at most. Others run whole.
    storage   (constant tensor id, memory name): constants not named stay in the device's flash.
    transfers  of constants out of the core's reach, one for a constant at most. Others are loaded whole, right before
              their first reader.
    offsets   (buffer id, byte offset) chosen by a placement search. Buffers not named are placed by
              lowering's own deterministic first fit.
    pins      (buffer id, byte offset) fixed by a person; no search moves them, and they win over ``offsets``.
    inputs    resident: the whole input lies in SRAM before the first step. streamed: the application
              hands rows over as they are needed.
    """

    order: tuple[int, ...]
    alias: tuple[int, ...] = ()
    in_place: tuple[tuple[int, int], ...] = ()
    stages: tuple[Stage, ...] = ()
    storage: tuple[tuple[int, str], ...] = ()
    transfers: tuple[Transfer, ...] = ()
    offsets: tuple[tuple[str, int], ...] = ()
    pins: tuple[tuple[str, int], ...] = ()
    inputs: InputMode = "resident"


def decided(decision: Schedule | Stage | Transfer) -> dict[str, Any]:
    """The fields that are not as by default, in their order."""
    found = ((f, getattr(decision, f.name)) for f in fields(decision))
    return {f.name: value for f, value in found if value != f.default}
