"""The C of FULLY_CONNECTED's scaling in integers against the double precision that it stands for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from mcu_lab.firmware.harness import SANITIZERS, WARNINGS
from mcu_lab.firmware.kernels import KERNELS, RUNTIME
from mcu_lab.firmware.targets import tool
from mcu_lab.numerics.requantize import real_scale, scale_real
from tests.firmware.cases import needs_gcc

#: Reads records of (sum, multiplier, rest, shift, narrow), writes what they scale to.
_DRIVER = """
#include <stdio.h>
#include "mcu_scale_real.h"

int main(void) {
    int32_t r[5];
    while (fread(r, sizeof r, 1, stdin) == 1) {
        int32_t scaled = (r[4] ? mcu_scale_real_narrow : mcu_scale_real)(r[0], r[1], r[2], r[3]);
        fwrite(&scaled, sizeof scaled, 1, stdout);
    }
    return 0;
}
"""


def _sums_and_factors(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Of all sizes, and many whose product is a tie or, in double precision, becomes one: odd multiples of thirds."""
    n = 100_000
    sums = rng.integers(-(2**31), 2**31, n) >> rng.integers(0, 31, n)
    scales = rng.integers(1, 2**24, (3, n)) * 2.0 ** rng.integers(-40, -4, (3, n))
    divisor = rng.integers(3, 40, n)
    tied = divisor * (2 * rng.integers(-200, 200, n) + 1)
    halves = 2.0 ** -rng.integers(1, 3, n) / divisor
    return np.concatenate([sums, tied, sums]), np.concatenate([scales[0] * scales[1] / scales[2], halves, halves])


@needs_gcc
def test_integers_have_the_bits_of_doubles(tmp_path: Path) -> None:
    (tmp_path / "driver.c").write_text(_DRIVER, encoding="utf-8")
    command = [tool("gcc"), *WARNINGS, *SANITIZERS, f"-I{RUNTIME}", f"-I{KERNELS}", "driver.c", "-o", "driver"]
    subprocess.run(command, cwd=tmp_path, check=True)
    sums, factors = _sums_and_factors(np.random.default_rng(0))
    parts = np.array([real_scale(factor) for factor in factors.tolist()])
    narrow = (np.abs(sums) < 1 << 30) & (parts[:, 1] < 0)
    assert narrow.mean() > 0.3
    for fast in (np.zeros_like(narrow), narrow):
        records = np.column_stack([sums, parts[:, 0], parts[:, 2], parts[:, 1], fast]).astype(np.int32)
        ran = subprocess.run([tmp_path / "driver"], input=records.tobytes(), capture_output=True, check=True)
        # Beyond 2**30 only the sign is left to matter.
        found = np.clip(np.frombuffer(ran.stdout, np.int32), -(2**30), 2**30)
        np.testing.assert_array_equal(found, np.clip(scale_real(sums, factors), -(2**30), 2**30))
