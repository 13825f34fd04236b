/* DIV of quantized elements, as in mcu_lab/numerics/division.py. */
#ifndef MCU_DIV_ELEMENT_H
#define MCU_DIV_ELEMENT_H

#include "div.h"
#include "mcu_reciprocal.h"

/* Bits without leading zeros. */
static inline int32_t mcu_bit_length(uint32_t x) {
    int32_t length = 0;
    for (; x; x >>= 1) {
        length++;
    }
    return length;
}

/* x / y on the scale of the output; 0 where y is 0. */
static inline int32_t mcu_quotient(const mcu_binary_params_t *p, int32_t x, int32_t y) {
    if (y == 0) {
        return 0;
    }
    if (y < 0) {
        x = -x;
        y = -y;
    }
    const int32_t length = mcu_bit_length((uint32_t)y);
    const uint32_t above_one = ((uint32_t)y << (32 - length)) - (1u << 31);
    const int32_t reciprocal = mcu_reciprocal_of_one_plus((int32_t)above_one);
    const int32_t headroom = 31 - mcu_bit_length(x < 0 ? ~(uint32_t)x : (uint32_t)x);
    const int32_t unscaled = mcu_saturating_rounding_doubling_high_mul(mcu_shift_left(x, headroom), reciprocal);
    const int32_t scaled = mcu_saturating_rounding_doubling_high_mul(unscaled, p->out_multiplier);
    const int32_t right = length - 1 + headroom - p->out_shift;
    if (right <= 31) {
        return mcu_rounding_divide_by_pot(scaled, right);
    }
    return (scaled >> (right & 31)) + (scaled >= 0); /* as LiteRT rounds on x86 */
}

static inline int32_t mcu_div(const mcu_binary_params_t *p, int32_t x, int32_t y) {
    const int32_t scaled = mcu_quotient(p, x + p->a_offset, y + p->b_offset);
    return mcu_clamp(mcu_add_wrapping(scaled, p->out_offset), p->act_min, p->act_max);
}

#endif
