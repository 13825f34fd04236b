#ifndef MCU_QUANTIZE_H
#define MCU_QUANTIZE_H

#include "mcu_lab.h"

/* From 8-bit elements through the table; from float32, round(x / scale) + zero_point between act_min and act_max. */
typedef struct mcu_quantize_params {
    const uint8_t *table;
    float scale;
    int32_t zero_point, act_min, act_max;
} mcu_quantize_params_t;

#endif
