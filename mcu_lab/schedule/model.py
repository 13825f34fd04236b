"""Schedule: only what was decided. Small, immutable, diffable, and free of consequences.

Decisions are independent of each other and of the order they were made in, so that a slider can
change one. What follows from them (buffers, steps, offsets of unpinned buffers) is lowering's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

InputMode = Literal["resident", "streamed"]


@dataclass(frozen=True)
class Schedule:
    """Decisions about one graph.

    order     operator ids, every one once, in execution order.
    alias     operators executed without moving a byte (RESHAPE, SPLIT, CONCATENATION …): their tensors
              share storage. Ids of operators that have aliases.
    in_place  (operator id, input slot): the output takes over this input's buffer.
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
    storage: tuple[tuple[int, str], ...] = ()
    offsets: tuple[tuple[str, int], ...] = ()
    pins: tuple[tuple[str, int], ...] = ()
    inputs: InputMode = "resident"
