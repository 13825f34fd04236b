#ifndef MCU_MEAN_PARAMS_H
#define MCU_MEAN_PARAMS_H

#include "mcu_lab.h"

/* c_params of MEAN. Axes are those of the Views of a step, `rank` of them, padded on the left. kept[a] is the output
 * axis that input axis a runs along, or -1 where it is reduced; shape holds the input's sizes. An 8-bit output is
 * (sum + sum_offset) * multiplier * 2^(shift - 31) + output_offset, clamped to its dtype. */
typedef struct mcu_mean_params {
    int32_t rank;
    const int32_t *kept;
    const int32_t *shape;
    int32_t count;
    int32_t sum_offset, multiplier, shift, output_offset;
} mcu_mean_params_t;

#endif
