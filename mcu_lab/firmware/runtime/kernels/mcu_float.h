/* Floats: comparisons and arithmetic only, no libm. */
#ifndef MCU_FLOAT_H
#define MCU_FLOAT_H

static inline float mcu_clamp_float(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

/* -1, 0 or 1; what is not a number stays it. */
static inline float mcu_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x + 0.0f; }

static inline float mcu_hard_swish(float x) { return x * mcu_clamp_float(x + 3.0f, 0.0f, 6.0f) / 6.0f; }

#endif
