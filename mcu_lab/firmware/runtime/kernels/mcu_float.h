/* Floats: comparisons and arithmetic only, no libm. */
#ifndef MCU_FLOAT_H
#define MCU_FLOAT_H

static inline float mcu_clamp_float(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

#endif
