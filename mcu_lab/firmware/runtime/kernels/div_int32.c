#include "div.h"

/* By 0 it is 0; INT32_MIN / -1 wraps. */
static inline int32_t mcu_divided(int32_t x, int32_t y) {
    return y == 0 ? 0 : y == -1 ? (int32_t)(0u - (uint32_t)x) : x / y;
}

#define MCU_KERNEL mcu_div_int32
#define MCU_ELEMENT int32_t
#define MCU_MEET(p, x, y) mcu_clamp(mcu_divided(x, y), (p)->act_min, (p)->act_max)
#include "mcu_binary.inl"
