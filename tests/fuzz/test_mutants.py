"""Mutants of small models: every command does what it says, or refuses in one sentence, in bounded time and memory.

``MCU_LAB_MUTANTS=20000 python -m pytest tests/fuzz`` looks at so many instead of a sample; ``MCU_LAB_FIRST_MUTANT``
begins at another one.
"""

from __future__ import annotations

import os

import pytest

from mcu_lab.errors import McuLabError
from mcu_lab.graph.tflite_read import read_tflite
from tests.fuzz import corpus
from tests.fuzz.campaign import faults

COUNT = int(os.environ.get("MCU_LAB_MUTANTS", "24"))
FIRST = int(os.environ.get("MCU_LAB_FIRST_MUTANT", "0"))


@pytest.mark.slow
def test_commands_on_mutants() -> None:
    found = [str(fault) for fault in faults(COUNT, lambda i: corpus.case(FIRST + i), corpus.judge)]
    assert not found, "\n".join(found)


def test_most_mutants_can_be_read() -> None:
    readable = 0
    for number in range(100):
        try:
            read_tflite(corpus.case(number).model)
            readable += 1
        except McuLabError:
            pass
    assert readable > 60
