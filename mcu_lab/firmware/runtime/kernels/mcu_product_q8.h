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

#endif
