"""Schedule: only what was decided. Small, immutable, diffable, and free of consequences.

Decisions are independent of each other and of the order they were made in, so that a slider can
change one. What follows from them (buffers, steps, offsets of unpinned buffers) is lowering's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

InputMode = Literal["resident", "streamed"]


@dataclass(frozen=True, order=True)
class Stage:
    """Operators executed together, row by row: of what lies between them only the rows still wanted are kept.

    operators  ids of operators that follow each other in the order and hang together; here their order says nothing.
    rows       how many rows of its output each step of an operator makes (the last step may have fewer left).
    """

    operators: tuple[int, ...]
    rows: int = 1


@dataclass(frozen=True)
class Schedule:
    """Decisions about one graph.

    order     operator ids, every one once, in execution order.
    alias     operators executed without moving a byte (RESHAPE, SPLIT, CONCATENATION …): their tensors
              share storage. Ids of operators that have aliases.
    in_place  (operator id, input slot): the output takes over this input's buffer.
    stages    runs of operators that execute in parts; an operator is in one stage at most. Others run whole.
    storage   (constant tensor id, memory name): constants not named stay in the device's flash.
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
    offsets: tuple[tuple[str, int], ...] = ()
    pins: tuple[tuple[str, int], ...] = ()
    inputs: InputMode = "resident"
