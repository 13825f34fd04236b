/* MEAN and SUM of quantized elements: sums, and from a sum to the output before its clamp. */
#ifndef MCU_SUM_QUANTIZED_H
#define MCU_SUM_QUANTIZED_H

#include "mcu_fixed_point.h"
#include "mcu_reduce_params.h"

#define MCU_SUM int32_t
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) mcu_add_wrapping(sum, x)

static inline int32_t mcu_sum_quantized(const mcu_reduce_params_t *p, int32_t sum) {
    const int32_t total = mcu_add_wrapping(sum, p->sum_offset);
    const int32_t scaled = mcu_multiply_by_quantized_multiplier(total, p->multiplier, p->shift);
    return mcu_add_wrapping(scaled, p->output_offset);
}

#endif
