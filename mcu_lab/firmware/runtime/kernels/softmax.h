#ifndef MCU_SOFTMAX_H
#define MCU_SOFTMAX_H

#include "mcu_lab.h"

/* Along the last axis. 8-bit elements: table[255 - d] = exp(-d * input scale * beta), d being the distance to the maximum;
 * float32: beta alone. */
typedef struct mcu_softmax_params {
    const float *table;
    float scale;
    int32_t zero_point;
    float beta;
} mcu_softmax_params_t;

#endif
