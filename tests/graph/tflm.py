"""Stock TFLite Micro as a second judge: its outputs, and the smallest arena that it accepts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

ARENA_BYTES = 4 * 2**20


def interpreter(model: bytes, arena_bytes: int) -> Any:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    return runtime.Interpreter.from_bytes(model, arena_size=arena_bytes)


def tflm_outputs(model: bytes, arena_bytes: int = ARENA_BYTES, invocations: int = 2, outputs: int = 1) -> list[bytes]:
    """Bytes of the outputs of a few invocations on the noise that LiteRT is given too."""
    tflm = interpreter(model, arena_bytes)
    random = np.random.default_rng(7)
    seen = []
    for _ in range(invocations):
        detail = tflm.get_input_details(0)
        tflm.set_input(random.integers(-128, 128, detail["shape"]).astype(detail["dtype"]), 0)
        tflm.invoke()
        seen += [tflm.get_output(i).tobytes() for i in range(outputs)]
    return seen


def smallest_arena_bytes(model: bytes, step: int = 16) -> int:
    """The smallest arena, in multiples of ``step``, with which the interpreter can be made, found by bisection."""

    def accepts(arena_bytes: int) -> bool:
        try:
            interpreter(model, arena_bytes)
        except RuntimeError:
            return False
        return True

    low, high = 0, ARENA_BYTES // step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if accepts(middle * step) else (middle, high)
    return high * step
