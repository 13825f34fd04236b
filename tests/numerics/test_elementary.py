"""exp, log, sin and so on: rounded as numpy's doubles are, and the same bits in C, under sanitizers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from math import erfc
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.firmware.harness import SANITIZERS, WARNINGS
from mcu_lab.firmware.kernels import KERNELS, RUNTIME
from mcu_lab.firmware.targets import tool
from mcu_lab.numerics import elementary, powers, trigonometry
from tests.firmware.cases import needs_gcc

Unary = Callable[[np.ndarray], np.ndarray]
Binary = Callable[[np.ndarray, np.ndarray], np.ndarray]

_ERFC = np.vectorize(erfc, otypes=[np.float64])
#: Name of the C function -> ours, and the same on doubles.
UNARY: dict[str, tuple[Unary, Unary]] = {
    "mcu_exp_float": (elementary.exp, np.exp),
    "mcu_expm1": (elementary.expm1, np.expm1),
    "mcu_log": (elementary.log, np.log),
    "mcu_tanh": (elementary.tanh, np.tanh),
    "mcu_sin": (trigonometry.sin, np.sin),
    "mcu_cos": (trigonometry.cos, np.cos),
    "mcu_square_root": (powers.square_root, np.sqrt),
    "mcu_erfc": (powers.erfc, _ERFC),
}
BINARY: dict[str, Binary] = {"mcu_power": powers.power, "mcu_floor_mod": powers.floor_mod}
_SPECIAL = np.float32([
    0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e-45, -1e-45, 1e-38, 3.4e38, -3.4e38, 88.72283,
    88.722839, 88.72284, -103.972, -104, 2**24, -(2**24) - 1, 2**23 + 1, 7, 16.619047, 16.619049, -9, -9.000001,
])  # fmt: skip
#: Reads pairs of floats, writes what becomes of them.
_DRIVER = """
#include <stdio.h>
#include "mcu_trigonometry.h"
#include "mcu_erfc.h"
#include "mcu_powers.h"

int main(void) {
    float r[2];
    while (fread(r, sizeof r, 1, stdin) == 1) {
        const float y[] = {@};
        fwrite(y, sizeof y, 1, stdout);
    }
    return 0;
}
"""


def _samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """All sizes of floats, NaNs too; ordinary ones; every pair of special ones."""
    rng = np.random.default_rng(0)
    x, y = (rng.integers(0, 2**32, count, dtype=np.uint64).astype(np.uint32).view(np.float32) for _ in range(2))
    x[::3] = rng.standard_normal(len(x[::3])) * 5
    y[::3] = rng.standard_normal(len(y[::3])) * 6
    y[::9] = np.round(y[::9])
    a, b = np.meshgrid(_SPECIAL, _SPECIAL)
    return np.concatenate([x, a.ravel()]), np.concatenate([y, b.ravel()])


def _is_rounded(found: np.ndarray, exact: np.ndarray, most_wrong: float) -> None:
    with np.errstate(all="ignore"):
        wanted = exact.astype(np.float32)
        same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        assert same.mean() >= 1 - most_wrong
        # The others are the next float.
        assert (np.abs(found[~same].view(np.int32) - wanted[~same].view(np.int32)) == 1).all()


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_value_are_rounded_correctly(name: str) -> None:
    x, _ = _samples(200_000)
    ours, doubles = UNARY[name]
    with np.errstate(all="ignore"):
        _is_rounded(ours(x), doubles(x.astype(np.float64)), 2e-4 if name == "mcu_erfc" else 0.0)


def test_powers_are_rounded_correctly() -> None:
    x, y = _samples(200_000)
    with np.errstate(all="ignore"):
        _is_rounded(powers.power(x, y), np.power(x.astype(np.float64), y.astype(np.float64)), 0.0)


def test_zeros_keep_their_sign() -> None:
    zeros = np.float32([0.0, -0.0])
    for name in ("mcu_tanh", "mcu_sin", "mcu_square_root"):
        assert np.signbit(UNARY[name][0](zeros)).tolist() == [False, True], name
    assert np.signbit(powers.power(zeros, np.float32(3))).tolist() == [False, True]


@needs_gcc
def test_c_has_the_same_bits(tmp_path: Path) -> None:
    calls = [f"{name}(r[0])" for name in UNARY] + [f"{name}(r[0], r[1])" for name in BINARY] + ["mcu_logistic(r[0])"]
    (tmp_path / "driver.c").write_text(_DRIVER.replace("@", ", ".join(calls)), encoding="utf-8")
    command = [tool("gcc"), *WARNINGS, *SANITIZERS, f"-I{RUNTIME}", f"-I{KERNELS}", "driver.c", "-o", "driver"]
    subprocess.run(command, cwd=tmp_path, check=True)
    x, y = _samples(300_000)
    ran = subprocess.run(
        [tmp_path / "driver"], input=np.column_stack([x, y]).tobytes(), capture_output=True, check=True
    )
    found = np.frombuffer(ran.stdout, np.uint32).reshape(len(x), -1)
    with np.errstate(all="ignore"):
        ours = [f(x) for f, _ in UNARY.values()] + [f(x, y) for f in BINARY.values()] + [elementary.logistic(x)]
    for i, call in enumerate(calls):
        np.testing.assert_array_equal(found[:, i], ours[i].view(np.uint32), err_msg=call)
