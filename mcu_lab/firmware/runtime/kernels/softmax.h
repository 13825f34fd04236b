#ifndef MCU_SOFTMAX_H
#define MCU_SOFTMAX_H

#include "mcu_lab.h"

/* Along the last axis. 8-bit elements: table[d] = exp(-d * input scale * beta) in Q0.31, d being the distance to the
 * maximum; float32: beta alone. */
typedef struct mcu_softmax_params {
    const int32_t *table;
    float beta;
} mcu_softmax_params_t;

#endif
