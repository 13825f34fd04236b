/* float16, which few cores and compilers have. */
#ifndef MCU_HALF_H
#define MCU_HALF_H

#include "mcu_lab.h"

/* The same number as a float32; what is no number keeps its bits, made quiet. */
static inline float mcu_from_half(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t rest = half & 0x7fffu;
    float value;
    if (rest < 0x0400u) { /* 0, or less than a normal number */
        value = (float)rest * 5.9604644775390625e-8f;
        uint32_t own;
        memcpy(&own, &value, sizeof own);
        own |= sign;
        memcpy(&value, &own, sizeof value);
        return value;
    }
    uint32_t bits = sign | ((rest << 13) + (112u << 23));
    if (rest >= 0x7c00u) {
        bits = sign | 0x7f800000u | (rest & 0x03ffu) << 13 | (rest > 0x7c00u ? 0x00400000u : 0u);
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
