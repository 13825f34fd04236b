/* exp in float32 without libm: the same operations in the same order as mcu_lab/numerics/exp32.py. */
#ifndef MCU_EXP_H
#define MCU_EXP_H

#include "mcu_lab.h"

/* For x <= 0; 0 below -87, where the result would no longer be a normal number. */
static inline float mcu_exp(float x) {
    static const float series[] = {1.0f / 5040.0f, 1.0f / 720.0f, 1.0f / 120.0f, 1.0f / 24.0f,
                                   1.0f / 6.0f,    0.5f,          1.0f,          1.0f};
    if (x < -87.0f) {
        return 0.0f;
    }
    const int32_t n = (int32_t)(x * 1.44269504f - 0.5f);
    float r = x - (float)n * 0.693359375f;
    r = r - (float)n * -2.12194440e-4f;
    float y = series[0];
    for (int32_t i = 1; i < 8; i++) {
        y = y * r + series[i];
    }
    const uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return y * power;
}

#endif
