/* Floats to whole numbers, without libm. */
#ifndef MCU_WHOLE_H
#define MCU_WHOLE_H

#include "mcu_bits.h"

/* The whole part, towards zero, with the sign of x. From 2^23 on all floats are whole. */
static inline float mcu_whole_part(float x) {
    const float size = mcu_absolute(x);
    return size < 8388608.0f ? mcu_with_sign_of((float)(int32_t)size, x) : x;
}

static inline float mcu_floor(float x) {
    const float whole = mcu_whole_part(x);
    return whole > x ? whole - 1.0f : whole;
}

static inline float mcu_ceil(float x) {
    const float whole = mcu_whole_part(x);
    return whole < x ? whole + 1.0f : whole;
}

/* To the nearest, halves to the even one; zeros are positive but for that of -0. */
static inline float mcu_round(float x) {
    const float whole = mcu_floor(x);
    const float rest = x - whole;
    const float half = whole * 0.5f;
    return rest < 0.5f || (rest == 0.5f && mcu_floor(half) == half) ? whole : whole + 1.0f;
}

#endif
