/* exp, log and their kin of floats, without libm: the same operations on doubles in the same order as
 * mcu_lab/numerics/elementary.py, which says why they are right. */
#ifndef MCU_ELEMENTARY_H
#define MCU_ELEMENTARY_H

#include "mcu_bits.h"

#define MCU_LN2_HIGH 0.6931471805598903
#define MCU_LN2_LOW 5.497923018708371e-14

/* From 2^128 - 2^103 on a float is infinite. */
static inline float mcu_rounded(double x) {
    const double beyond = 340282356779733661637539395458142568448.0;
    return x >= beyond ? MCU_INFINITY : x <= -beyond ? -MCU_INFINITY : (float)x;
}

static inline double mcu_horner(const double *coefficients, int32_t count, double x) {
    double y = coefficients[0];
    for (int32_t i = 1; i < count; i++) {
        y = y * x + coefficients[i];
    }
    return y;
}

/* For x in [-700, 700]. */
static inline double mcu_exp64(double x) {
    static const double series[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
                                    1.0 / 362880.0,     1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,
                                    1.0 / 120.0,        1.0 / 24.0,        1.0 / 6.0,        0.5,
                                    1.0,                1.0};
    const int32_t n = (int32_t)(x * 1.4426950408889634 + (x < 0.0 ? -0.5 : 0.5));
    double r = x - (double)n * MCU_LN2_HIGH;
    r = r - (double)n * MCU_LN2_LOW;
    return mcu_horner(series, 14, r) * mcu_double_of((uint64_t)(n + 1023) << 52);
}

/* For x above 0, normal and finite. */
static inline double mcu_log64(double x) {
    static const double series[] = {1.0 / 21.0, 1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0,
                                    1.0 / 9.0,  1.0 / 7.0,  1.0 / 5.0,  1.0 / 3.0,  1.0};
    const uint64_t bits = mcu_double_bits(x);
    int32_t e = (int32_t)(bits >> 52) - 1022;
    double m = mcu_double_of((bits & 0xFFFFFFFFFFFFFu) | ((uint64_t)1022 << 52)); /* x = m * 2^e, m in [1/2, 1) */
    if (2.0 * m < 1.4142135623730951) {
        m = 2.0 * m;
        e--;
    }
    const double s = (m - 1.0) / (m + 1.0);
    const double small = 2.0 * s * mcu_horner(series, 11, s * s) + (double)e * MCU_LN2_LOW;
    return (double)e * MCU_LN2_HIGH + small;
}

static inline double mcu_within(double x, double lo, double hi) { return x < lo ? lo : x > hi ? hi : x; }

static inline float mcu_exp_float(float x) {
    return mcu_is_nan(x) ? x : mcu_rounded(mcu_exp64(mcu_within(x, -105.0, 89.0)));
}

/* exp(x) - 1. */
static inline float mcu_expm1(float x) {
    static const double series[] = {1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0,
                                    1.0 / 24.0,     1.0 / 6.0,     0.5,          1.0};
    if (mcu_is_nan(x)) {
        return x;
    }
    const double d = mcu_within(x, -105.0, 89.0);
    const double small = 0.03125;
    return mcu_rounded(d > -small && d < small ? d * mcu_horner(series, 9, d) : mcu_exp64(d) - 1.0);
}

static inline float mcu_log(float x) {
    if (x > 0.0f && x < MCU_INFINITY) {
        return mcu_rounded(mcu_log64(x));
    }
    return x == 0.0f ? -MCU_INFINITY : x < 0.0f ? mcu_nan() : x;
}

static inline float mcu_tanh(float x) {
    static const double series[] = {62.0 / 2835.0, -17.0 / 315.0, 2.0 / 15.0, -1.0 / 3.0, 1.0};
    if (mcu_is_nan(x)) {
        return x;
    }
    const double a = mcu_within(mcu_absolute(x), 0.0, 10.0);
    const double y = a < 0.03125 ? a * mcu_horner(series, 5, a * a) : 1.0 - 2.0 / (mcu_exp64(2.0 * a) + 1.0);
    return mcu_with_sign_of(mcu_rounded(y), x);
}

/* 1 / (1 + exp(-x)), with the two cuts of LiteRT's reference kernel. */
static inline float mcu_logistic(float x) {
    if (x > 16.619047164916992188f) {
        return 1.0f;
    }
    return x < -9.0f ? mcu_exp_float(x) : 1.0f / (1.0f + mcu_exp_float(-x));
}

#endif
