"""The runtime's 16-bit functions give what numerics.fixed16 gives, for every argument; both are what they are named."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.firmware.harness import WARNINGS
from mcu_lab.firmware.kernels import RUNTIME
from mcu_lab.numerics.fixed16 import MOST_INTEGER_BITS, logistic_table, looked_up, tanh_table
from tests.firmware.cases import needs_gcc

SOURCE = """
#include "mcu_lab.h"
#include "mcu_fixed16.h"
void all(int32_t bits, int16_t *out);
void all(int32_t bits, int16_t *out) {
    for (int32_t x = -32768; x < 32768; x++) {
        out[x + 32768] = (int16_t)(bits < 0 ? mcu_logistic16(x) : mcu_tanh16(x, bits));
    }
}
"""
EVERY = np.arange(-(1 << 15), 1 << 15)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("fixed16")
    (folder / "f.c").write_text(SOURCE)
    sanitize = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
    paths = (f"-I{RUNTIME}", f"-I{RUNTIME / 'kernels'}")
    command = ["gcc", *WARNINGS, *sanitize, "-O2", "-shared", "-fPIC", *paths, "f.c", "-o", "f.so"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "f.so"))


@needs_gcc
@pytest.mark.parametrize("bits", [-1, *range(MOST_INTEGER_BITS + 1)], ids=lambda bits: f"tanh of {bits} bits")
def test_every_argument(library: ctypes.CDLL, bits: int) -> None:
    """-1: the logistic function."""
    made = np.empty(1 << 16, np.int16)
    library.all(bits, made.ctypes.data_as(ctypes.POINTER(ctypes.c_int16)))
    table = logistic_table() if bits < 0 else tanh_table(bits)
    np.testing.assert_array_equal(made, looked_up(table, EVERY))


def test_they_are_the_functions_they_are_named_after() -> None:
    real = EVERY / 2.0**12
    np.testing.assert_allclose(looked_up(logistic_table(), EVERY) / 2.0**15, 1 / (1 + np.exp(-real)), atol=4e-4)
    for bits in range(MOST_INTEGER_BITS + 1):
        real = EVERY / 2.0 ** (15 - bits)
        np.testing.assert_allclose(looked_up(tanh_table(bits), EVERY) / 2.0**15, np.tanh(real), atol=2e-3)
