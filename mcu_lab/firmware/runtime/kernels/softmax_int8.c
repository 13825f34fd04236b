#define MCU_KERNEL mcu_softmax_int8
#define MCU_ELEMENT int8_t
#define MCU_LEAST INT8_MIN
#define MCU_MOST INT8_MAX
#define MCU_STORED(p, share) (round_positive(share) + (p)->zero_point)

#include <stdint.h>

/* round(x), ties away from zero, for x >= 0; x + 0.5 could itself be rounded up. */
static inline int32_t round_positive(float x) {
    const int32_t whole = (int32_t)x;
    return whole + (x - (float)whole >= 0.5f);
}

#include "mcu_softmax.inl"
