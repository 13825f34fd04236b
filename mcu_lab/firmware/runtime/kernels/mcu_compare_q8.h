/* 8-bit elements on the scale that they are compared on, with 8 bits behind the point. */
#ifndef MCU_COMPARE_Q8_H
#define MCU_COMPARE_Q8_H

#include "compare.h"
#include "mcu_fixed_point.h"

#define MCU_COMPARED int32_t
/* Multipliers are below 1, so shifts are 0 at most. */
#define MCU_LEFT(p, x)                                                                                                 \
    mcu_multiply_by_quantized_multiplier(((int32_t)(x) + (p)->a_offset) * 256, (p)->a_multiplier, (p)->a_shift)
#define MCU_RIGHT(p, y)                                                                                                \
    mcu_multiply_by_quantized_multiplier(((int32_t)(y) + (p)->b_offset) * 256, (p)->b_multiplier, (p)->b_shift)

#endif
