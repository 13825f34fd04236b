"""Constants in codes, decoded by the exported C as by the executor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.errors import PlanError
from mcu_lab.graph.box import Interval
from mcu_lab.plan.lifetimes import flash_bytes
from mcu_lab.plan.model import Codebook, Copy, Form, Plan
from mcu_lab.plan.verify import verify
from tests.firmware.cases import assert_same_bytes, default_plan, load, needs_gcc, needs_qemu
from tests.plan.broken_plans import decoding, whole
from tests.plan.coded_plans import codebook_of, coded
from tests.plan.judge import Judge


def weights(plan: Plan, dtype: str = "int8") -> list[int]:
    tensors = plan.graph.tensors
    read = {t for op in plan.graph.operators for t in op.inputs if t >= 0}
    return [t for t in sorted(read) if tensors[t].is_const and tensors[t].dtype == dtype and tensors[t].elements > 3]


def right(plan: Plan) -> Plan:
    assert verify(plan) == ()
    assert Judge.of(plan.graph).difference(plan) == ""
    return plan


@needs_gcc
@pytest.mark.parametrize("length", [1, 2, 4, 7, 200])
def test_any_length_of_vectors(length: int) -> None:
    assert_same_bytes(right(coded(whole(), weights(whole()), length)))


@needs_gcc
@pytest.mark.parametrize("spare", [255, 256, 300])
def test_codes_of_one_byte_and_of_two(spare: int) -> None:
    """The codebook is filled up in front, so that the vectors in use have the highest numbers."""
    plan = whole()
    tensors = weights(plan)
    used = codebook_of([plan.graph.tensors[t].array for t in tensors], 3)
    count = len(used.vectors) // 3
    filling = np.random.default_rng(0).integers(0, 127, (max(0, spare - count), 3)).astype(np.int8)
    book = Codebook(3, "int8", filling.tobytes() + used.vectors)
    assert_same_bytes(right(coded(plan, tensors, 3, book=book)))


@needs_gcc
def test_wider_elements() -> None:
    assert_same_bytes(right(coded(whole(), weights(whole(), "int32"), 2)))


@needs_gcc
@pytest.mark.parametrize("axis", [0, 1, 3])
def test_a_part_at_a_time(axis: int) -> None:
    """Vectors go on from one row to the next; the cut may lie in the middle of one."""
    plan = decoding()
    at, copy = next((s.id, s) for s in plan.steps if isinstance(s, Copy))
    middle = copy.src.box[axis].hi // 2
    parts = [
        replace(copy, src=replace(copy.src, box=box), dst=replace(copy.dst, box=box))
        for cut in (Interval(0, middle), Interval(middle, copy.src.box[axis].hi))
        for box in [copy.src.box.replaced(axis, cut)]
    ]
    steps = [*plan.steps[:at], *parts, *plan.steps[at + 1 :]]
    plan = replace(plan, steps=tuple(replace(s, id=i) for i, s in enumerate(steps)))
    assert_same_bytes(right(plan))


def test_what_is_in_codes_takes_less_flash() -> None:
    """Weights of four vectors: a quarter of their bytes, and the codebook."""
    plan = default_plan(load("hello_world_int8"))
    tensors = [t for t in weights(plan) if plan.graph.tensors[t].elements >= 64]
    few = np.arange(16, dtype=np.int8).reshape(4, 4)
    rng = np.random.default_rng(0)
    values = {t: few[rng.integers(0, 4, plan.graph.tensors[t].elements // 4)].tobytes() for t in tensors}
    changed = tuple(replace(t, data=values.get(t.id, t.data)) for t in plan.graph.tensors)
    plan = default_plan(replace(plan.graph, tensors=changed))
    smaller = right(coded(plan, tensors, 4))
    assert flash_bytes(smaller) < flash_bytes(plan) - sum(plan.graph.tensors[t].bytes for t in tensors) // 2


@needs_qemu
@pytest.mark.qemu
def test_on_an_emulated_cortex_m4() -> None:
    plan = default_plan(load("mlperf_kws_dscnn_int8"))
    assert_same_bytes(right(coded(plan, weights(plan), 4)), "cortex-m4")


def test_codes_in_ram_are_not_exported() -> None:
    plan = coded(whole(), weights(whole()), 4, memory="sram")
    assert any(b.form is Form.CODES and b.memory == "sram" for b in plan.buffers)
    with pytest.raises(PlanError, match="constant memory"):
        assert_same_bytes(plan)
