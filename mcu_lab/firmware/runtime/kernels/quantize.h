#ifndef MCU_QUANTIZE_H
#define MCU_QUANTIZE_H

#include "mcu_lab.h"

/* Between 8-bit elements through the table. All others end between act_min and act_max: from float32, round(x / scale) +
 * zero_point; from integers, (x + input_offset) * multiplier * 2^(shift - 31) + zero_point. */
typedef struct mcu_quantize_params {
    const uint8_t *table;
    float scale;
    int32_t input_offset, multiplier, shift;
    int32_t zero_point, act_min, act_max;
} mcu_quantize_params_t;

#endif
