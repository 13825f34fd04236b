"""The law in C: a sample of random schedules and random plans is exported, and each row gives the executor's bytes.

``MCU_LAB_C_PLANS=1000 python -m pytest tests/law/test_law_c.py -k any_plan`` exports that many random plans over all
that a plan can say, built by gcc and by clang under sanitizers; the suite a sample. Of the random schedules it exports
a part, too; with MCU_LAB_FULL=1 all. A test that fails names the seed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

from mcu_lab.errors import PlanError
from mcu_lab.firmware.encode import fold
from mcu_lab.firmware.kernels import missing_kernels
from mcu_lab.firmware.layout import banks
from mcu_lab.firmware.rows import rows_of
from mcu_lab.firmware.tables import table_bytes
from mcu_lab.plan.verify import verify
from tests.conftest import part
from tests.firmware.cases import assert_same_bytes, needs_clang, needs_gcc
from tests.firmware.together import Case, differences
from tests.firmware.unfold import plain, unfold
from tests.law.graphs import remembering_graph
from tests.law.schedules import Tally, anywhere
from tests.law.test_law import BLOCKS, SEEDS, graph_of, plan_of, replay
from tests.law.test_law_plans import graph_of_seed, plans_of_seed

#: Random plans that are exported in all, and in one program.
PLANS = int(os.environ.get("MCU_LAB_C_PLANS", "20"))
TOGETHER = 20
#: Random plans of which only the step table is made and read back; a twentieth as many random graphs' schedules.
TABLES = int(os.environ.get("MCU_LAB_TABLES", "100"))
#: Every so many seeds a model, else a random graph.
MODEL_EVERY = 5
SMALL_MODELS = ("hello_world_int8", "digits_mlp_int8", "digits_cnn_int8", "digits_two_branch_int8", "magic_wand_float")
#: Limits of the runtime, which the exporter states: no other plan that verify accepts may fail to be exported.
LIMITS = re.compile(
    "the runtime has room for|can be addressed|there is room for|the runtime counts in 32 bits"
    "|is in codes, or a codebook, and lies in .*, where an export puts none of them"
)
#: Seeds of each block of random graphs that are exported, with all their schedules.
EXPORTED = part(3, 3)
#: Model, and how many of its schedules are exported.
MODELS = {
    "mlperf_kws_dscnn_int8": 30, "har_cnn_int8": 25, "digits_cnn_int8": 25, "dscnn_large_kws_int8": 15,
    "magic_wand_float": 15, "micro_speech_int8": 15, "mlperf_ad_autoencoder_int8": 15, "digits_two_branch_int8": 15,
    "digits_dscnn_int8": 15, "digits_residual_int8": 10, "cifar10_cnn_float": 10, "rnnoise_int8": 10,
    "mlperf_ic_resnet8_int8": 10, "mlperf_vww_mobilenetv1_int8": 3, "person_detect_int8": 2,
    "mobilenetv1_025_128_uint8": 2, "mobilenetv2_035_160_int8": 2, "mcunet_5fps_vww_int8": 1,
    "swiftnet_cell_vww_uint8": 1,
}  # fmt: skip


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs_in_c(block: int) -> None:
    for seed in range(block * SEEDS, block * SEEDS + EXPORTED):
        for number, (_, schedule, plan) in enumerate(replay(seed)):
            try:
                assert_same_bytes(plan)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, schedule {number}, under {schedule}") from error


@needs_gcc
@pytest.mark.slow
def test_random_graphs_that_remember_in_c() -> None:
    for seed in range(EXPORTED):
        rng = np.random.default_rng(seed)
        _, plan = anywhere(rng, remembering_graph(rng), Tally())
        assert_same_bytes(plan, frames=3)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_models_in_c(model: str) -> None:
    exported = seed = 0
    wanted = part(MODELS[model], 8)
    while exported < wanted and seed < 2 * wanted:
        schedule, plan = plan_of(model, seed)
        try:
            assert_same_bytes(plan)
            exported += 1
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, under {schedule}") from error
        except PlanError as error:
            # The most irregular of them outgrow what a table of steps can hold, and the exporter says so.
            assert LIMITS.search(str(error)), f"seed {seed}, under {schedule}: {error}"
            print(f"seed {seed}: {error}")
        seed += 1
    assert exported == wanted


def test_there_are_enough() -> None:
    assert sum(MODELS.values()) >= 200


def accepted_plans(seed: int) -> Iterator[tuple[str, Case]]:
    """Plans of one seed that verify accepts and that fit the runtime, some damaged; of graphs that have all kernels."""
    model = SMALL_MODELS[seed // MODEL_EVERY % len(SMALL_MODELS)] if seed % MODEL_EVERY == 0 else None
    graph = graph_of(model) if model else graph_of_seed(seed)
    for number, made in enumerate(() if missing_kernels(graph) else plans_of_seed(graph, seed)):
        if verify(made.plan):
            continue
        try:
            table_bytes(made.plan)
        except PlanError as error:
            assert LIMITS.search(str(error)), f"seed {seed}, plan {number} ({made}): {error}"
            continue
        rows = rows_of(made.plan, banks(made.plan))
        assert unfold(fold(rows)) == [plain(row) for row in rows], f"seed {seed}, plan {number} ({made})"
        yield f"seed {seed}, plan {number} ({made})", Case.of(made.plan, seed)


@pytest.mark.slow
def test_tables_of_any_plan_unfold() -> None:
    """Those that are not built as well; of random schedules all."""
    plans = (case for seed in count(5_000_000) for case in accepted_plans(seed))
    assert len(list(islice(plans, TABLES))) == TABLES
    for seed in range(TABLES // 20):
        for number, (_, _, plan) in enumerate(replay(seed)):
            rows = rows_of(plan, banks(plan))
            assert unfold(fold(rows)) == [plain(row) for row in rows], f"seed {seed}, schedule {number}"


@pytest.mark.quick(1)
@needs_gcc
@pytest.mark.parametrize(("seed", "number"), [(10_002, 8), (20_000, 8), (210_003, 8), (350_002, 8)])
def test_rings_in_front_and_pushed_inputs_behind_others(seed: int, number: int) -> None:
    """A ring along an axis of size 1 with a phase; a streamed input that is not the first."""
    (case,) = (case for name, case in accepted_plans(seed) if f"plan {number} (" in name)
    assert differences([case], push=1) == {}


@needs_gcc
@needs_clang
@pytest.mark.slow
@pytest.mark.parametrize("block", range(-(-PLANS // TOGETHER)))
def test_any_plan_in_c(block: int) -> None:
    seeds = count(10_000 * block)
    named = list(islice((case for seed in seeds for case in accepted_plans(seed)), TOGETHER))
    wrong = differences([case for _, case in named], ("native", "native-clang"), push=block % 4 or None)
    assert not wrong, "\n".join(f"{named[n][0]}, {target}: {what}" for (n, target), what in wrong.items())
