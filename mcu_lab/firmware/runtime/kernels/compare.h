#ifndef MCU_COMPARE_H
#define MCU_COMPARE_H

#include "mcu_operand.h"

/* How two elements can stand to each other: `wanted` has the bits of those for which the result is true. */
enum { MCU_LESS = 1, MCU_EQUAL = 2, MCU_GREATER = 4, MCU_NEITHER = 8 };

/* 8-bit elements are compared as (x + offset) * 256, multiplied. Broadcasting: see mcu_operand. */
typedef struct mcu_compare_params {
    int32_t wanted;
    int32_t a_offset, a_multiplier, a_shift, a_broadcast;
    int32_t b_offset, b_multiplier, b_shift, b_broadcast;
} mcu_compare_params_t;

#endif
