#ifndef MCU_SVDF_H
#define MCU_SVDF_H

#include "mcu_lab.h"

/* SVDF. Fields from multiplier_in on are those of integers, real_min and real_max those of floats. */
typedef struct mcu_svdf_params {
    int32_t batch, inputs, filters, memory, rank;
    int32_t multiplier_in, shift_in, multiplier_out, shift_out;
    int32_t zero_in, zero_state, zero_out;
    int32_t state_bytes; /* of an element of the memory and of the weights over time: 1 or 2 */
    float real_min, real_max;
} mcu_svdf_params_t;

#endif
