"""The law for several models: what ``verify`` accepts of a bundle gives each model's own bytes, whatever the turns.

``MCU_LAB_LAW_BUNDLES=2000 python -m pytest tests/law/test_law_bundles.py`` judges that many; the suite a sample. A test
that fails names the seed.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from mcu_lab.errors import PlanError
from mcu_lab.firmware.kernels import missing_kernels
from mcu_lab.plan.bundle import Bundle, bundle_bytes
from mcu_lab.plan.verify import ProblemCode, verify
from tests.firmware.cases import needs_gcc
from tests.firmware.test_bundles import run_turns
from tests.law.bundles import damaged_bundles, right_bundle
from tests.law.test_law_c import LIMITS
from tests.plan.bundles import Turns

BUNDLES = int(os.environ.get("MCU_LAB_LAW_BUNDLES", "12"))
#: Of each bundle so many with a buffer elsewhere.
DAMAGED = 6
BLOCKS = 2


def judge(bundle: Bundle, turns: Turns, seed: int, what: str) -> None:
    difference = turns.difference(bundle)
    assert difference == "", f"seed {seed}, {what}: {difference}"


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_bundles(block: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(block, BUNDLES, BLOCKS):
        bundle = right_bundle(seed)
        turns = Turns.of({name: plan.graph for name, plan in bundle.plans.items()}, seed=seed)
        problems = verify(bundle)
        assert not problems, f"seed {seed}: {problems[0]}"
        judge(bundle, turns, seed, "right")
        for number, damaged in enumerate(damaged_bundles(bundle, seed, DAMAGED)):
            problems = verify(damaged)
            seen.update([f"damaged: {problems[0].code}" if problems else "damaged, accepted"])
            if not problems:
                judge(damaged, turns, seed, f"damage {number}")
    print(dict(seen.most_common()))
    assert seen[f"damaged: {ProblemCode.TRESPASS}"] + seen[f"damaged: {ProblemCode.SHARED_PLACE}"]
    assert seen["damaged, accepted"]


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(-(-BUNDLES // 3)))
def test_random_bundles_in_c(seed: int, tmp_path: Path) -> None:
    bundle = right_bundle(seed)
    assert not [missing for plan in bundle.plans.values() for missing in missing_kernels(plan.graph)]
    try:
        run_turns(bundle, tmp_path / "out", count=6, seed=seed)
    except PlanError as error:
        assert LIMITS.search(error.what), error


@pytest.mark.slow
def test_together_takes_no_more_than_apart() -> None:
    """In no memory more than all one above the other; and of those with equal constants less flash."""
    saved = 0
    for seed in range(6):
        bundle = right_bundle(seed)
        for memory in (bundle.device.arena, bundle.device.constants):
            alone = [Bundle({name: plan}) for name, plan in bundle.plans.items()]
            assert bundle_bytes(bundle, memory) <= sum(bundle_bytes(one, memory) for one in alone)
            saved += bundle_bytes(bundle, memory) < sum(bundle_bytes(one, memory) for one in alone)
    assert saved
