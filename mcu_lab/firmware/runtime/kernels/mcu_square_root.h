/* The square root of a float, rounded correctly, in whole numbers. */
#ifndef MCU_SQUARE_ROOT_H
#define MCU_SQUARE_ROOT_H

#include "mcu_bits.h"

static inline float mcu_square_root(float x) {
    uint32_t bits = mcu_float_bits(x);
    if (!(x > 0.0f) || bits == 0x7F800000u) {
        return x < 0.0f ? mcu_nan() : x;
    }
    int32_t exponent = (int32_t)(bits >> 23);
    bits &= 0x7FFFFFu;
    if (exponent) {
        bits |= 0x800000u;
    } else { /* not normal */
        for (exponent = 1; !(bits & 0x800000u); exponent--) {
            bits <<= 1;
        }
    }
    exponent -= 127;
    /* x = bits * 2^(exponent - 23). The root of bits * 2^25 or 2^26, whichever leaves an even exponent, has 25 bits. */
    uint64_t rest = (uint64_t)bits << (exponent & 1 ? 26 : 25);
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 48; bit; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    /* No root lies halfway between two floats. */
    const uint32_t half = (uint32_t)((root + 1) >> 1);
    const int32_t scale = (exponent - (exponent & 1)) / 2 + 127;
    return mcu_float_of(((uint32_t)(scale - 1) << 23) + half);
}

#endif
