#ifndef MCU_REDUCE_PARAMS_H
#define MCU_REDUCE_PARAMS_H

#include "mcu_lab.h"

/* c_params of MEAN, SUM and their kin. Axes are those of the Views of a step, `rank` of them, padded on the left. kept[a] is
 * the output axis that input axis a runs along, or -1 where it is reduced; shape holds the input's sizes. whole: all axes
 * are reduced. A quantized output of MEAN or SUM is (sum + sum_offset) * multiplier * 2^(shift - 31) + output_offset,
 * clamped to its dtype; REDUCE_PROD multiplies elements + input_offset. */
typedef struct mcu_reduce_params {
    int32_t rank;
    const int32_t *kept;
    const int32_t *shape;
    int32_t count, whole;
    int32_t input_offset, sum_offset, multiplier, shift, output_offset;
} mcu_reduce_params_t;

#endif
