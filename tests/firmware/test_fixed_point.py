"""The runtime's fixed-point functions give what numerics.fixed_point gives, natively compiled."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.firmware.harness import WARNINGS
from mcu_lab.firmware.kernels import RUNTIME
from mcu_lab.numerics import fixed_point
from tests.firmware.cases import needs_gcc

EDGES = [-(2**31), -(2**31) + 1, -(2**30) - 1, -(2**30), -3, -2, -1, 0, 1, 2, 3, 2**30 - 1, 2**30, 2**31 - 1]
SOURCE = """
#include "mcu_fixed_point.h"
int32_t high_mul(int32_t a, int32_t b);
int32_t high_mul(int32_t a, int32_t b) { return mcu_saturating_rounding_doubling_high_mul(a, b); }
int32_t divide(int32_t x, int32_t e);
int32_t divide(int32_t x, int32_t e) { return mcu_rounding_divide_by_pot(x, e); }
int32_t multiply(int32_t x, int32_t m, int32_t s);
int32_t multiply(int32_t x, int32_t m, int32_t s) { return mcu_multiply_by_quantized_multiplier(x, m, s); }
int32_t narrow(int32_t x, int32_t m, int32_t s);
int32_t narrow(int32_t x, int32_t m, int32_t s) { return mcu_multiply_narrow(x, m, s); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("fixed_point")
    (folder / "f.c").write_text(SOURCE)
    sanitize = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
    command = ["gcc", *WARNINGS, *sanitize, "-shared", "-fPIC", f"-I{RUNTIME}", "f.c", "-o", "f.so"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "f.so"))


@needs_gcc
def test_high_mul(library: ctypes.CDLL) -> None:
    rng = np.random.default_rng(1)
    values = [*EDGES, *rng.integers(-(2**31), 2**31, 60).tolist()]
    for a in values:
        expected = fixed_point.saturating_rounding_doubling_high_mul(np.array(values), a).tolist()
        assert [library.high_mul(v, a) for v in values] == expected


@needs_gcc
def test_divide(library: ctypes.CDLL) -> None:
    rng = np.random.default_rng(2)
    values = [*EDGES, *rng.integers(-(2**31), 2**31, 60).tolist(), *range(-40, 40)]
    for exponent in range(32):
        expected = fixed_point.rounding_divide_by_pot(np.array(values), exponent).tolist()
        assert [library.divide(v, exponent) for v in values] == expected


@needs_gcc
def test_multiply(library: ctypes.CDLL) -> None:
    rng = np.random.default_rng(3)
    for shift in range(-31, 8):
        values = rng.integers(-(2 ** (30 - max(shift, 0))), 2 ** (30 - max(shift, 0)), 50)
        for m in rng.integers(2**30, 2**31, 4).tolist():
            expected = fixed_point.multiply_by_quantized_multiplier(values, m, shift).tolist()
            assert [library.multiply(v, m, shift) for v in values.tolist()] == expected


@needs_gcc
def test_multiply_narrow(library: ctypes.CDLL) -> None:
    rng = np.random.default_rng(4)
    edges = [1 - 2**30, -3, -2, -1, 0, 1, 2, 3, 2**30 - 1]
    for shift in range(-31, 0):
        values = np.array([*edges, *rng.integers(1 - 2**30, 2**30, 40)])
        for m in (2**30, 2**31 - 1, *rng.integers(2**30, 2**31, 4).tolist()):
            expected = fixed_point.multiply_by_quantized_multiplier(values, m, shift).tolist()
            assert [library.narrow(v, m, shift) for v in values.tolist()] == expected
