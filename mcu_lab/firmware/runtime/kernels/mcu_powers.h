/* pow of floats and the remainder of a division rounded down: the same operations as mcu_lab/numerics/powers.py. */
#ifndef MCU_POWERS_H
#define MCU_POWERS_H

#include "mcu_elementary.h"
#include "mcu_square_root.h"

/* Of x > 0, finite. */
static inline float mcu_positive_power(float x, float y) {
    const double wide = x;
    if (y == 0.5f) {
        return mcu_square_root(x);
    }
    if (y == 1.0f) {
        return x;
    }
    if (y == 2.0f) { /* whose ties no logarithm meets */
        return mcu_rounded(wide * wide);
    }
    if (y == 3.0f) {
        return mcu_rounded(wide * wide * wide);
    }
    if (y == -1.0f) {
        return mcu_rounded(1.0 / wide);
    }
    return mcu_rounded(mcu_exp64(mcu_within((double)y * mcu_log64(wide), -105.0, 89.0)));
}

static inline float mcu_power(float x, float y) {
    const float a = mcu_absolute(x);
    const float b = mcu_absolute(y);
    if (y == 0.0f || x == 1.0f) {
        return 1.0f;
    }
    if (mcu_is_nan(x) || mcu_is_nan(y)) {
        return mcu_nan();
    }
    /* From 2^24 on all floats are even. */
    const int32_t whole = b >= 16777216.0f || (float)(int32_t)b == b;
    const int32_t odd = b < 16777216.0f && whole && ((int32_t)b & 1);
    const int32_t infinite = !(a < MCU_INFINITY) || !(b < MCU_INFINITY);
    float size;
    if (infinite || a == 0.0f) {
        size = a == 1.0f ? 1.0f : (a > 1.0f) == (y > 0.0f) ? MCU_INFINITY : 0.0f;
    } else if (x < 0.0f && !whole) {
        return mcu_nan();
    } else {
        size = mcu_positive_power(a, y);
    }
    return odd && mcu_float_bits(x) >> 31 ? -size : size;
}

/* 2^23 <= whole < 2^24 and 1 <= exponent: the bits of a float above 0 as whole * 2^(exponent - 150). */
static inline int32_t mcu_unpacked(float x, uint32_t *whole) {
    const uint32_t bits = mcu_float_bits(x) & 0x7FFFFFFFu;
    int32_t exponent = (int32_t)(bits >> 23);
    *whole = bits & 0x7FFFFFu;
    if (exponent) {
        *whole |= 0x800000u;
        return exponent;
    }
    for (exponent = 1; !(*whole & 0x800000u); exponent--) {
        *whole <<= 1;
    }
    return exponent;
}

/* The remainder of a / b for a >= 0 and b > 0, finite: exact. */
static inline float mcu_remainder(float a, float b) {
    if (a < b) {
        return a;
    }
    uint32_t rest, whole;
    int32_t exponent = mcu_unpacked(a, &rest);
    const int32_t least = mcu_unpacked(b, &whole);
    for (; exponent > least; exponent--) {
        rest = (rest >= whole ? rest - whole : rest) << 1;
    }
    rest = rest >= whole ? rest - whole : rest;
    if (rest == 0u) {
        return 0.0f;
    }
    for (; !(rest & 0x800000u); exponent--) {
        rest <<= 1;
    }
    return exponent > 0 ? mcu_float_of(((uint32_t)exponent << 23) | (rest & 0x7FFFFFu))
                        : mcu_float_of(rest >> (1 - exponent)); /* exact: b has those bits too */
}

static inline float mcu_floor_mod(float x, float y) {
    const float a = mcu_absolute(x);
    const float b = mcu_absolute(y);
    if (!(a < MCU_INFINITY) || mcu_is_nan(y) || y == 0.0f) {
        return mcu_nan();
    }
    const float rest = mcu_with_sign_of(b < MCU_INFINITY ? mcu_remainder(a, b) : a, x);
    return rest != 0.0f && (y < 0.0f) != (rest < 0.0f) ? rest + y : rest;
}

#endif
