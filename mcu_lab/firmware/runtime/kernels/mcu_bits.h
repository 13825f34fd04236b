/* The bits of floats, and what has no name in the C of every compiler. */
#ifndef MCU_BITS_H
#define MCU_BITS_H

#include "mcu_lab.h"

static inline uint32_t mcu_float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float mcu_float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint64_t mcu_double_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double mcu_double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline int32_t mcu_is_nan(float x) { return (mcu_float_bits(x) & 0x7FFFFFFFu) > 0x7F800000u; }

static inline float mcu_nan(void) { return mcu_float_of(0x7FC00000u); }

static inline float mcu_absolute(float x) { return mcu_float_of(mcu_float_bits(x) & 0x7FFFFFFFu); }

static inline float mcu_with_sign_of(float size, float x) {
    return mcu_float_of((mcu_float_bits(size) & 0x7FFFFFFFu) | (mcu_float_bits(x) & 0x80000000u));
}

#endif
