#include "squared_difference.h"

/* Operands have seven bits more, so that the square of their difference is below 2^30. */
static inline int32_t mcu_squared_difference(const mcu_binary_params_t *p, int32_t x, int32_t y) {
    const int32_t a = mcu_sum_scaled((x + p->a_offset) * (1 << 7), p->a_multiplier, p->a_shift);
    const int32_t b = mcu_sum_scaled((y + p->b_offset) * (1 << 7), p->b_multiplier, p->b_shift);
    return mcu_binary_result(p, (a - b) * (a - b));
}

#define MCU_KERNEL mcu_squared_difference_int8
#define MCU_ELEMENT int8_t
#define MCU_MEET(p, x, y) mcu_squared_difference(p, x, y)
#include "mcu_binary.inl"
