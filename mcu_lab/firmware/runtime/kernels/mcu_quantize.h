#ifndef MCU_QUANTIZE_ELEMENT_H
#define MCU_QUANTIZE_ELEMENT_H

#include "mcu_fixed_point.h"
#include "mcu_float.h"
#include "quantize.h"

/* round(x / scale) + zero_point, ties away from zero, clamped. What is no int32 becomes INT32_MIN, as on LiteRT's x86. */
static inline int32_t mcu_quantize_element(const mcu_quantize_params_t *p, float x) {
    const int32_t whole = mcu_nearest(x / p->scale);
    return mcu_clamp(mcu_add_wrapping(whole, p->zero_point), p->act_min, p->act_max);
}

static inline int32_t mcu_requantize_element(const mcu_quantize_params_t *p, int32_t x) {
    const int32_t centred = mcu_add_wrapping(x, p->input_offset);
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(centred, p->multiplier, p->shift);
    return mcu_clamp(mcu_add_wrapping(scaled, p->zero_point), p->act_min, p->act_max);
}

#endif
