/* gemmlowp's 16-bit fixed point: the logistic function and tanh of LiteRT's integer LSTM.
 * The same functions, names and results as mcu_lab/numerics/fixed16.py. */
#ifndef MCU_FIXED16_H
#define MCU_FIXED16_H

#include "mcu_fixed_point.h"

static inline int32_t mcu_wrapped16(int32_t x) { return (int16_t)x; }
static inline int32_t mcu_saturated16(int32_t x) { return mcu_clamp(x, -32768, 32767); }

/* round(a * b / 2^15), saturating -2^15 * -2^15. As for 32 bits, half is added before an arithmetic shift. */
static inline int32_t mcu_high_mul16(int32_t a, int32_t b) {
    return a == -32768 && b == -32768 ? 32767 : (a * b + (1 << 14)) >> 15;
}

/* (a + b) / 2, halves away from zero. */
static inline int32_t mcu_half_sum16(int32_t a, int32_t b) {
    const int32_t sum = a + b;
    return sum >= 0 ? (sum + 1) >> 1 : -((1 - sum) >> 1);
}

static inline int32_t mcu_times_pot16(int32_t x, int32_t exponent) {
    return exponent >= 0 ? mcu_saturated16(mcu_shift_left(x, exponent)) : mcu_rounding_divide_by_pot(x, -exponent);
}

/* exp on [-1/4, 0), no integer bits. */
static inline int32_t mcu_exp_near_zero16(int32_t a) {
    const int32_t term = 28918; /* exp(-1/8) */
    const int32_t x = mcu_wrapped16(a + (1 << 12));
    const int32_t x2 = mcu_high_mul16(x, x);
    const int32_t x3 = mcu_high_mul16(x2, x);
    const int32_t x4 = mcu_high_mul16(x2, x2);
    const int32_t third = 10923;
    const int32_t inner = mcu_wrapped16(mcu_high_mul16(mcu_wrapped16(mcu_times_pot16(x4, -2) + x3), third) + x2);
    return mcu_saturated16(term + mcu_high_mul16(mcu_wrapped16(x + mcu_times_pot16(inner, -1)), term));
}

/* exp of a <= 0 with so many integer bits, up to 7; the result has none. */
static inline int32_t mcu_exp_negative16(int32_t a, int32_t integer_bits) {
    static const int16_t barrel[] = {25520, 19875, 12055, 4435, 600, 11, 0}; /* exp(-2^k) from k = -2 on */
    const int32_t fractional = 15 - integer_bits;
    const int32_t quarter = 1 << (fractional - 2);
    const int32_t near = (a & (quarter - 1)) - quarter;
    const int32_t remainder = near - a;
    int32_t result = mcu_exp_near_zero16(mcu_times_pot16(near, integer_bits));
    for (int32_t k = -2; k < integer_bits && k <= 4; k++) {
        if (remainder >> (fractional + k) & 1) {
            result = mcu_high_mul16(result, barrel[k + 2]);
        }
    }
    if (integer_bits > 5 && a < -(1 << (20 - integer_bits))) {
        result = 0;
    }
    return a == 0 ? 32767 : result;
}

/* 2 / (1 + a) for a in [0, 1], with two integer bits: three Newton-Raphson steps. */
static inline int32_t mcu_newton16(int32_t a) {
    const int32_t half_denominator = mcu_half_sum16(a, 32767);
    int32_t x = mcu_wrapped16(23130 + mcu_high_mul16(half_denominator, -15420)); /* 48/17, -32/17 */
    for (int32_t i = 0; i < 3; i++) {
        const int32_t rest = mcu_wrapped16((1 << 13) - mcu_high_mul16(half_denominator, x));
        x = mcu_wrapped16(x + mcu_times_pot16(mcu_high_mul16(x, rest), 2));
    }
    return x;
}

/* Of an argument with three integer bits. */
static inline int32_t mcu_logistic16(int32_t a) {
    const int32_t size = a > 0 ? a : mcu_wrapped16(-a);
    const int32_t positive = mcu_times_pot16(mcu_newton16(mcu_exp_negative16(mcu_wrapped16(-size), 3)), 1);
    return a == 0 ? 1 << 14 : a > 0 ? positive : mcu_wrapped16(32767 - positive);
}

static inline int32_t mcu_tanh16(int32_t a, int32_t integer_bits) {
    const int32_t x = mcu_newton16(mcu_exp_negative16(a < 0 ? a : mcu_wrapped16(-a), integer_bits + 1));
    const int32_t size = mcu_times_pot16(mcu_wrapped16(x - (1 << 13)), 2);
    return a == 0 ? 0 : a < 0 ? mcu_wrapped16(-size) : size;
}

#endif
