#ifndef MCU_L2_NORMALIZATION_H
#define MCU_L2_NORMALIZATION_H

#include "mcu_lab.h"

/* 8-bit elements: that of the input. */
typedef struct mcu_l2_normalization_params {
    int32_t zero_point;
} mcu_l2_normalization_params_t;

#endif
