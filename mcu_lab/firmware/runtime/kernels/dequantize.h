#ifndef MCU_DEQUANTIZE_H
#define MCU_DEQUANTIZE_H

#include "mcu_lab.h"

typedef struct mcu_dequantize_params {
    float scale;
    int32_t zero_point;
} mcu_dequantize_params_t;

#endif
