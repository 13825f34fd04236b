#ifndef MCU_FULLY_CONNECTED_HYBRID_H
#define MCU_FULLY_CONNECTED_HYBRID_H

#include "mcu_quantize_input.h"

/* c_params of FULLY_CONNECTED with float activations and int8 weights. Rows are numbered as in fully_connected.h. */
typedef struct mcu_fully_connected_hybrid_params {
    mcu_hybrid_t hybrid;
    int32_t depth, rank;
    const int32_t *input_shape;
    const int32_t *output_shape;
} mcu_fully_connected_hybrid_params_t;

#endif
