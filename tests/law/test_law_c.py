"""The law in C: a sample of the random schedules is exported, and each row gives the executor's bytes."""

from __future__ import annotations

import pytest

from tests.firmware.cases import assert_same_bytes, needs_gcc
from tests.law.test_law import BLOCKS, SEEDS, replay

#: Seeds of each block that are exported, with all their schedules.
EXPORTED = 9


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs_in_c(block: int) -> None:
    exported = 0
    for seed in range(block * SEEDS, block * SEEDS + EXPORTED):
        for number, (_, schedule, plan) in enumerate(replay(seed)):
            try:
                assert_same_bytes(plan)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, schedule {number}, under {schedule}") from error
            exported += 1
    assert exported * BLOCKS >= 200
