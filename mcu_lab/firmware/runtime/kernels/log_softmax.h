#ifndef MCU_LOG_SOFTMAX_H
#define MCU_LOG_SOFTMAX_H

#include "mcu_lab.h"

/* 8-bit elements. table[d] = exp(-d * input scale) in Q0.31, d being the distance to the maximum; multiplier and shift
 * bring distances to Q5.26, their like bring them back; the largest that has room there. */
typedef struct mcu_log_softmax_params {
    const int32_t *table;
    int32_t multiplier, shift, back_multiplier, back_shift, reach;
} mcu_log_softmax_params_t;

#endif
