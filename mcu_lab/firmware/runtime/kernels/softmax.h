#ifndef MCU_SOFTMAX_H
#define MCU_SOFTMAX_H

#include "mcu_lab.h"

/* Along the last axis. table[255 - d] = exp(-d * input scale * beta), d being the distance to the maximum. */
typedef struct mcu_softmax_params {
    const float *table;
    float scale;
    int32_t zero_point;
} mcu_softmax_params_t;

#endif
