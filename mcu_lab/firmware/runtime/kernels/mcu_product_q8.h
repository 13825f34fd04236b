/* Sums of products of 8-bit elements: zero points of the operands, and requantizing the sums. */
#ifndef MCU_PRODUCT_Q8_H
#define MCU_PRODUCT_Q8_H

#include "mcu_fixed_point.h"
#include "mcu_inline.h"
#include "mcu_lab.h"

typedef struct mcu_quant {
    int32_t input_offset, weights_offset, output_offset; /* the zero points; those of input and weights negated */
    int32_t act_min, act_max;
} mcu_quant_t;

static inline int32_t mcu_quantized(const mcu_quant_t *q, int32_t scaled) {
    return mcu_clamp(mcu_add_wrapping(scaled, q->output_offset), q->act_min, q->act_max);
}

/* sum * multiplier * 2^(shift - 31) rounded once, ties up, as LiteRT's FULLY_CONNECTED does it; shift in [-31, 30]. */
static inline int32_t mcu_scale_once(int32_t sum, int32_t multiplier, int32_t shift) {
    const int32_t right = 31 - shift;
    return (int32_t)(((int64_t)sum * multiplier + ((int64_t)1 << (right - 1))) >> right);
}

#endif
