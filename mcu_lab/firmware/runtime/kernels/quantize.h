#ifndef MCU_QUANTIZE_H
#define MCU_QUANTIZE_H

#include "mcu_lab.h"

/* From 8 bits to 8 bits through the table; from float32, round(x / scale) + zero_point between act_min and act_max; from
 * others, what is above in_zero_point times the multiplier instead. */
typedef struct mcu_quantize_params {
    const uint8_t *table;
    float scale;
    int32_t zero_point, act_min, act_max;
    int32_t in_zero_point, multiplier, shift;
} mcu_quantize_params_t;

#endif
