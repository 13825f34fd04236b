/* gemmlowp fixed point as TFLite's reference kernels use it (double rounding), on int32 with 64-bit products.
 * The same functions, names and results as mcu_lab/numerics/fixed_point.py. */
#ifndef MCU_FIXED_POINT_H
#define MCU_FIXED_POINT_H

#include "mcu_dsp.h"

/* x << shift with the wrap-around that two's complement gives; shift in [0, 31]. */
static inline int32_t mcu_shift_left(int32_t x, int32_t shift) { return (int32_t)((uint32_t)x << shift); }

/* a + b with the wrap-around that two's complement gives: real models carry biases at the very ends of int32. */
static inline int32_t mcu_add_wrapping(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

/* round(a * b / 2^31), saturating INT32_MIN * INT32_MIN. The addition before an arithmetic shift gives the same as
 * gemmlowp's sign-dependent nudge before a truncating division. */
static inline int32_t mcu_saturating_rounding_doubling_high_mul(int32_t a, int32_t b) {
    if (a == b && a == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^exponent rounded to nearest, ties away from zero; exponent in [0, 31]. */
static inline int32_t mcu_rounding_divide_by_pot(int32_t x, int32_t exponent) {
    const int32_t mask = (int32_t)((1u << exponent) - 1u);
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/* x / 2 rounded up, for x < INT32_MAX. */
static inline int32_t mcu_halve_rounded(int32_t x) { return (x + 1) >> 1; }

/* x * multiplier * 2^(shift - 31), rounded twice, for multiplier > INT32_MIN and shift in [-31, 30]. No product is INT32_MIN,
 * and only x = INT32_MIN times a multiplier < 0 may be INT32_MAX; half is added as one to twice the quotient, after taking
 * one from a negative product. */
static inline int32_t mcu_multiply_by_quantized_multiplier(int32_t x, int32_t multiplier, int32_t shift) {
    const int32_t left = shift & ~(shift >> 31); /* max(shift, 0) without a branch, so that there is one product */
    const int32_t high = (int32_t)(((int64_t)mcu_shift_left(x, left) * multiplier + (1 << 30)) >> 31);
    if (shift >= 0) {
        return high;
    }
    const int32_t twice = (high + (high >> 31)) >> ~shift; /* ~shift is -shift - 1 */
    return (twice >> 1) + (twice & 1);
}

/* round(x * multiplier / 2^31) for |x| < 2^30: one instruction on cores with the DSP extension. */
static inline int32_t mcu_high_narrow(int32_t x, int32_t multiplier) {
#ifdef MCU_HAS_DSP
    return mcu_high_product(2 * x, multiplier);
#else
    return (int32_t)(((int64_t)x * multiplier + (1 << 30)) >> 31);
#endif
}

/* mcu_multiply_by_quantized_multiplier for |x| < 2^30 and shift < 0. */
static inline int32_t mcu_multiply_narrow(int32_t x, int32_t multiplier, int32_t shift) {
    const int32_t high = mcu_high_narrow(x, multiplier);
    return mcu_halve_rounded((high + (high >> 31)) >> ~shift);
}

#endif
