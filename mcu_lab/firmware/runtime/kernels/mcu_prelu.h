/* PRELU of quantized elements: the multiplier of a above 0, that of the output below. */
#ifndef MCU_PRELU_ELEMENT_H
#define MCU_PRELU_ELEMENT_H

#include "prelu.h"

static inline int32_t mcu_prelu(const mcu_binary_params_t *p, int32_t x, int32_t y) {
    const int32_t value = x + p->a_offset;
    if (value < 0) {
        return mcu_binary_result(p, value * (y + p->b_offset));
    }
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(value, p->a_multiplier, p->a_shift);
    return mcu_clamp(mcu_add_wrapping(scaled, p->out_offset), p->act_min, p->act_max);
}

#endif
