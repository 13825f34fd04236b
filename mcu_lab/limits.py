"""How much mcu_lab takes on before it says no: every such figure, asked before memory is taken or long work begins.

Nothing that fits a microcontroller comes near them; they are there for damaged files, and for large models on small
machines. Each can be raised, or lowered, by an environment variable of its name (``MCU_LAB_MOST_RUN_BYTES``), and
whoever meets one is told which. The verifier's own are in :mod:`mcu_lab.plan.verify.budget`; how long a search goes on
is its caller's choice.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from mcu_lab.errors import InputError, LimitError, McuLabError


@dataclass(frozen=True)
class Limit:
    """At most ``default`` of something, in ``unit``, unless the environment says otherwise."""

    name: str
    default: int
    unit: str

    @property
    def variable(self) -> str:
        """The environment variable that says how much is allowed."""
        return f"MCU_LAB_{self.name}"

    @property
    def most(self) -> int:
        """How much is allowed now. Raises InputError when the environment says something that is no number."""
        text = os.environ.get(self.variable)
        if text is None:
            return self.default
        try:
            return int(text)
        except ValueError:
            raise InputError(f"{text[:40]!r} is no whole number.", where=self.variable) from None

    def allow(self, asked: int, what: str, *, where: str = "", error: type[McuLabError] = LimitError) -> None:
        """Raises ``error`` when ``what`` (the subject of a sentence) takes more than is allowed."""
        most = self.most
        if asked > most:
            hint = f"Set {self.variable} to allow more."
            raise error(f"{what} takes {asked:,} {self.unit}; at most {most:,} are allowed.", where=where, hint=hint)


FILE_BYTES = Limit("MOST_FILE_BYTES", 64 * 2**20, "bytes")
"""Of a ``.tflite`` file that is read: more than any memory that a microcontroller reads weights from."""

OPERATORS = Limit("MOST_OPERATORS", 2_000, "operators")
"""Of a graph that a plan is made for. What any two operators have to do with each other is asked again and again."""

STEPS = Limit("MOST_STEPS", 1 << 15, "steps")
"""Of a plan: about as many as the verifier follows. More are no plan for a microcontroller."""

ROWS = Limit("MOST_ROWS", 1 << 15, "rows")
"""Of an operator or a stage that is to come apart in rows: more would take minutes to work out."""

SHARED_ELEMENTS = Limit("MOST_SHARED_ELEMENTS", 1 << 23, "elements")
"""Of the tensors of one buffer that share its storage: where each element lies is compared (some 40 bytes for each)."""

RUN_BYTES = Limit("MOST_RUN_BYTES", 1 << 30, "bytes")
"""To run a model or a plan on this machine: all tensors or arenas, and what kernels need besides, estimated high."""
