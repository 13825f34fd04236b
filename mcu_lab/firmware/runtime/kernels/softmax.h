#ifndef MCU_SOFTMAX_H
#define MCU_SOFTMAX_H

#include "mcu_lab.h"

/* Along the last axis. 8-bit elements: table[d] = exp(-d * input scale * beta) in Q0.31, d being the distance to the
 * maximum. int16: distances times multiplier * 2^(shift - 31) are inputs of the table of exponentials, both tables with 513
 * entries in Q0.15. float32: beta alone. */
typedef struct mcu_softmax_params {
    const int32_t *table;
    const int16_t *exponential, *reciprocal;
    int32_t multiplier, shift;
    float beta;
} mcu_softmax_params_t;

#endif
