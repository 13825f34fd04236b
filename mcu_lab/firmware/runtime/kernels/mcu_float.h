/* Floats: comparisons and arithmetic only, no libm. */
#ifndef MCU_FLOAT_H
#define MCU_FLOAT_H

#include <stdint.h>

static inline float mcu_clamp_float(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

/* Cut off. What is no int32 becomes INT32_MIN, as on LiteRT's x86; so does what is not a number. */
static inline int32_t mcu_cut(float x) { return x >= -2147483648.0f && x < 2147483648.0f ? (int32_t)x : INT32_MIN; }

/* To the nearest, ties away from zero; the same for what is no int32. */
static inline int32_t mcu_nearest(float x) {
    const int32_t whole = mcu_cut(x);
    const float rest = x - (float)whole; /* exact */
    return whole == INT32_MIN ? whole : whole + (rest >= 0.5f) - (rest <= -0.5f);
}

/* -1, 0 or 1; what is not a number stays it. */
static inline float mcu_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x + 0.0f; }

static inline float mcu_hard_swish(float x) { return x * mcu_clamp_float(x + 3.0f, 0.0f, 6.0f) / 6.0f; }

#endif
