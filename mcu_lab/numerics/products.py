"""Matrix products whose results do not depend on how they were blocked.

Integers: every sum of products is exact in floating point while ``sum |a*b|`` stays below 2**24 (float32) or 2**53
(float64), whatever the order, so BLAS may be used. Floats: the products are added in ascending order of the inner
index in float32, one rounding each, as TFLite's reference kernels do; an output's bytes are then the same alone or
as part of a larger box.
"""

from __future__ import annotations

import numpy as np

_FLOAT32_EXACT = 1 << 24
_FLOAT64_EXACT = 1 << 53
#: OpenBLAS starts threads above this many products.
_ONE_THREAD_PRODUCTS = 1 << 18
#: Accumulators of a block of rows that are updated together stay in the processor's cache.
_BLOCK_ELEMENTS = 1 << 14


def magnitude(values: np.ndarray) -> int:
    """The largest absolute value of an integer array (0 if empty)."""
    if values.size == 0:
        return 0
    return max(abs(int(values.min())), abs(int(values.max())))


def exact_float(left: int, right: int, inner: int) -> np.dtype:
    """The smallest float dtype in which every sum of ``inner`` products of integers up to these magnitudes is exact."""
    bound = left * right * inner
    if bound < _FLOAT32_EXACT:
        return np.dtype(np.float32)
    if bound < _FLOAT64_EXACT:
        return np.dtype(np.float64)
    raise OverflowError(f"sums of {inner} products up to {left} * {right} are not exact in float64")


def exact_product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """``left @ right``, (m, k) x (k, n) -> (m, n), for operands whose sums :func:`exact_float` found exact.

    In blocks that BLAS multiplies on one thread: its threads wait actively for each other, which costs ten times
    the time when the cores have other work, and more than it gains on matrices of this size.
    """
    (m, k), n = left.shape, right.shape[1]
    if m * k * n <= _ONE_THREAD_PRODUCTS:
        return left @ right
    columns = min(n, max(8, _ONE_THREAD_PRODUCTS // (k * min(m, 32))))
    rows = max(1, _ONE_THREAD_PRODUCTS // (k * columns))
    out = np.empty((m, n), dtype=left.dtype)
    for c in range(0, n, columns):
        part = np.ascontiguousarray(right[:, c : c + columns])
        for r in range(0, m, rows):
            np.matmul(left[r : r + rows], part, out=out[r : r + rows, c : c + columns])
    return out


def ordered_product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """``left @ right`` of float32, (m, k) x (k, n) -> (m, n), summed over k in ascending order."""
    (m, k), n = left.shape, right.shape[1]
    sums = np.zeros((m, n), dtype=np.float32)
    block = max(1, _BLOCK_ELEMENTS // max(1, n))
    term = np.empty((min(block, m), n), dtype=np.float32)
    for start in range(0, m, block):
        rows = left[start : start + block]
        part = sums[start : start + block]
        into = term[: len(part)]
        for i in range(k):
            np.multiply(rows[:, i, None], right[i], out=into)
            part += into
    return sums
