"""The law in C: a sample of the random schedules is exported, and each row gives the executor's bytes."""

from __future__ import annotations

import pytest

from mcu_lab.errors import PlanError
from tests.firmware.cases import assert_same_bytes, needs_gcc
from tests.law.test_law import BLOCKS, SEEDS, plan_of, replay

#: Seeds of each block of random graphs that are exported, with all their schedules.
EXPORTED = 3
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
@pytest.mark.parametrize("model", MODELS)
def test_models_in_c(model: str) -> None:
    exported = seed = 0
    while exported < MODELS[model] and seed < 2 * MODELS[model]:
        schedule, plan = plan_of(model, seed)
        try:
            assert_same_bytes(plan)
            exported += 1
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, under {schedule}") from error
        except PlanError as error:
            # The most irregular of them outgrow what a table of steps can hold, and the exporter says so.
            print(f"seed {seed}: {error}")
        seed += 1
    assert exported == MODELS[model]


def test_there_are_enough() -> None:
    assert sum(MODELS.values()) >= 200
