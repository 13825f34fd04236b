"""What can be wrong with a plan: one code for each way, with the rule it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcu_lab.errors import printable


class ProblemCode(StrEnum):
    """One way for a plan to be wrong. The value is the code; ``rule`` is the sentence that was broken."""

    rule: str

    def __new__(cls, code: str, rule: str) -> ProblemCode:
        member = str.__new__(cls, code)
        member._value_ = code
        member.rule = rule
        return member

    # What the plan is written in.
    MALFORMED = "malformed", "Every field of a plan has the type and the rank that the plan's model gives it."
    GRAPH = "graph", "Tensors and operators are numbered by their index, and each tensor has at most one producer."
    TOO_LARGE = "too-large", "A plan can be checked within the verifier's bounds of memory and work."
    UNSUPPORTED = "unsupported", "Every operator that a step runs can be executed."
    STEP_ID = "step-id", "The id of a step is its index."
    ARITY = "arity", "A Compute runs an operator, has a place for each output and input slot, and writes something."
    WRONG_TENSOR = "wrong-tensor", "A View holds the tensor that its place in the step calls for."
    BOX = "box", "The box of a View is a non-empty region of its tensor."
    RING = "ring", "A ring names an axis of its tensor, has at least one row, and a phase below its rows."
    UNKNOWN_BUFFER = "unknown-buffer", "Every View and scratch names a buffer of the plan."
    DUPLICATE_BUFFER = "duplicate-buffer", "A buffer id is used once."
    WRONG_FORM = "wrong-form", "Values lie in plain buffers, sums in sums buffers, scratch in scratch, codes in codes."
    OUTSIDE_BUFFER = "outside-buffer", "Every element of a View lies inside its buffer."
    CODEBOOK = "codebook", "Codes name a codebook of the plan, and it has whole vectors."
    CODE_RANGE = "code-range", "Every code is the number of a vector of its codebook."
    WRONG_CODES = "wrong-codes", "What codes decode to are the elements of their constant."

    # Where buffers lie, and who can get at them.
    UNKNOWN_MEMORY = "unknown-memory", "Every buffer lies in a memory of the device, or in the application's."
    UNPLACED = "unplaced", "Every buffer has an offset, which is not negative."
    CAPACITY = "capacity", "Every buffer ends inside its memory."
    ALIGNMENT = "alignment", "Offsets are multiples of the memory's, the buffer's and the element's alignment."
    OUT_OF_REACH = "out-of-reach", "A Compute touches only memories that the core can reach."
    READ_ONLY = "read-only", "Nothing is written to flash, nor to the application's memory."

    # Before the first step and after the last one.
    START_TENSOR = "start-tensor", "Only graph inputs, constants and variables hold values before the first step."
    START_CONFLICT = "start-conflict", "No byte holds two values before the first step."
    MISSING_OUTPUT = "missing-output", "After the last step every element of every graph output is where at_end says."
    LOST_STATE = (
        "lost-state",
        "Variables, and constants in writable memory, survive to the next inference in their place.",
    )

    # What a step reads and writes.
    WRONG_VALUE = "wrong-value", "Every byte that is read holds the element that the View expects there."
    UNCOVERED_READ = "uncovered-read", "The reads of a Compute cover all that its outputs depend on."
    SELF_OVERWRITE = "self-overwrite", "A View that is written has a place of its own for each of its elements."
    ON_STATE = "on-state", "Where a variable lies there is what it was, or what it becomes, and nothing else."
    OVERLAP = "overlap", "Outputs may lie on inputs only as far as the operator's order of access allows."
    SCRATCH = "scratch", "A Compute whose kernel needs working memory names a scratch buffer of at least that size."
    UNFOLLOWED = (
        "unfollowed",
        "Rings turn, and inputs are split, along axes that the operator's kernels follow; the core reaches an end of "
        "every Copy.",
    )
    REDUCE = "reduce", "Slices of the input ascend without a gap from 0; the last one, and only it, writes the output."
    WRONG_SUMS = "wrong-sums", "A slice finds the sums of all slices before it, untouched."

    # Copies.
    COPY_MISMATCH = "copy-mismatch", "Both ends of a Copy hold the same box of the same tensor."
    COPY_OVERLAP = "copy-overlap", "The two ends of a Copy share no byte."
    NO_LINK = "no-link", "A Copy goes along a link, or between memories that the core can reach."
    BURST = "burst", "Along a link, a Copy moves whole bursts at multiples of the burst."
    STREAM_ORDER = "stream-order", "What the application hands over is taken in row-major order, once."
    IN_FLIGHT = "in-flight", "Until its Wait, nobody touches where a Copy lands, nor writes where it comes from."
    WAIT = "wait", "A Wait names an earlier non-blocking Copy that nobody has waited for yet."
    NEVER_AWAITED = "never-awaited", "Every non-blocking Copy is waited for."

    # Several models that take turns.
    OTHER_DEVICE = "other-device", "All plans of a bundle are for one device."
    OTHER_CODEBOOK = "other-codebook", "Codebooks of one name have the same vectors in the same place."
    SHARED_PLACE = "shared-place", "Where something lasts of two models, it is the same byte of a constant."
    TRESPASS = "trespass", "Nothing is written where a constant, codes or state of another model last."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. ``message`` is one or two sentences: what was seen, and what to try.

    ``model`` is the name of the plan in a bundle that it is found in.
    """

    code: ProblemCode
    step: int | None
    buffer: str | None
    message: str
    model: str | None = None

    def __str__(self) -> str:
        parts = [printable(self.model)] if self.model is not None else []
        parts += [f"step {self.step}"] if self.step is not None else []
        where = f"{', '.join(parts)}: " if parts else ""
        return f"{where}{self.message} [{self.code}]"
