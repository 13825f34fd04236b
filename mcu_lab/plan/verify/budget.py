"""How much the verifier is willing to check, so that a hostile plan costs neither hours nor the machine."""

from __future__ import annotations

#: Largest end of a buffer that is followed byte by byte (21 bytes of shadow each, of which few are touched).
MEMORY_BYTES = 1 << 27
#: Bytes that one step may touch, counted once for each View.
STEP_BYTES = 1 << 25
#: Values that can be told apart: a tag has 63 bits, 40 of them for the byte.
OCCUPANTS = (1 << 23) - 1
#: Elements of all tensors whose values pass through operators that move nothing (8 bytes each).
PASSED_ON_ELEMENTS = 1 << 26
#: Bytes looked at over all steps; 10 to 30 ns each.
WORK_BYTES = 1 << 31
#: Views of all steps together.
VIEWS = 1 << 17
#: What following one View costs apart from its bytes, in bytes looked at.
VIEW_BYTES = 1 << 12
#: What asking an operator for its region rule costs, in bytes looked at.
RULE_BYTES = 1 << 12
#: Problems reported; more would not be read.
PROBLEMS = 100


class OutOfBudgetError(Exception):
    """The plan asks for more work than WORK_BYTES. Never leaves the verifier."""


class Budget:
    """Counts work down; raises OutOfBudgetError when it is used up, or when too much is asked for at once."""

    def __init__(self, work_bytes: int = WORK_BYTES) -> None:
        self._left_bytes = work_bytes

    def allow(self, work_bytes: int) -> None:
        """Raises OutOfBudgetError when there is not so much left."""
        if work_bytes > self._left_bytes:
            raise OutOfBudgetError

    def spend(self, work_bytes: int) -> None:
        self.allow(work_bytes)
        self._left_bytes -= work_bytes

    def spend_at_once(self, work_bytes: int) -> None:
        """For work that takes memory too."""
        self.spend(work_bytes if work_bytes <= STEP_BYTES else WORK_BYTES + 1)
