"""The text table says what the plan says."""

from __future__ import annotations

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, live_bytes, macs, peak_bytes
from mcu_lab.view.projection import project
from mcu_lab.view.table import BAR_CELLS, summary, table
from tests.view.examples import as_stored

MODELS = ["digits_two_branch_int8", "digits_residual_int8"]


@pytest.mark.parametrize("name", MODELS)
def test_one_line_a_step_with_its_live_bytes(name: str) -> None:
    plan = as_stored(name)
    head, *lines = table(project(plan)).splitlines()
    assert head.split() == ["step", "op", "operator", "makes", "live", "B"]
    assert len(lines) == len(plan.steps)
    for line, step, live in zip(lines, plan.steps, live_bytes(plan), strict=True):
        assert line.split()[0] == str(step.id)
        assert f" {live:,} " in line


@pytest.mark.parametrize("name", MODELS)
def test_the_longest_bar_is_the_peak_and_bars_are_to_scale(name: str) -> None:
    plan = as_stored(name)
    curve = live_bytes(plan)
    lines = table(project(plan)).splitlines()[1:]
    assert [line.count("█") for line in lines] == [max(1, round(b / max(curve) * BAR_CELLS)) for b in curve]
    assert [i for i, line in enumerate(lines) if line.endswith("← peak")] == [curve.index(max(curve))]


@pytest.mark.parametrize("name", MODELS)
def test_the_summary_has_the_plans_figures(name: str) -> None:
    plan = as_stored(name, ad_hoc(100 * 1024, 1024 * 1024))
    text = summary(project(plan))
    assert f"Arena {arena_bytes(plan):,} B of 100 KiB" in text
    assert f"live-set bound {peak_bytes(plan):,} B" in text
    assert f"constants {flash_bytes(plan):,} B of 1 MiB" in text
    assert f"{macs(plan):,} MACs" in text


def test_without_limits_none_are_told() -> None:
    text = summary(project(as_stored("digits_mlp_int8")))
    assert text.startswith("No limit is set.")
    assert " of " not in text.splitlines()[1]


def test_what_does_not_fit_comes_first() -> None:
    plan = as_stored("digits_two_branch_int8", ad_hoc(40 * 1024))
    first = summary(project(plan)).splitlines()[0]
    assert first == f"Does not fit ad hoc device: {arena_bytes(plan) - 40 * 1024:,} B too many in sram."
