/* MEAN of 8-bit elements: from a sum to the output before its clamp. */
#ifndef MCU_MEAN_Q8_H
#define MCU_MEAN_Q8_H

#include "mcu_fixed_point.h"
#include "mean.h"

static inline int32_t mcu_mean_quantized(const mcu_mean_params_t *p, int32_t sum) {
    const int32_t total = mcu_add_wrapping(sum, p->sum_offset);
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(total, p->multiplier, p->shift);
    return mcu_add_wrapping(scaled, p->output_offset);
}

#endif
