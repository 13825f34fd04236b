#ifndef MCU_FULLY_CONNECTED_H
#define MCU_FULLY_CONNECTED_H

#include "mcu_product_q8.h"

/* c_params of FULLY_CONNECTED. The input is a matrix of rows of `depth` elements in row-major order; output row r is
 * number r of the output's leading axes. Shapes have `rank` numbers, padded on the left with 1. */
typedef struct mcu_fully_connected_params {
    mcu_quant_t quant;
    const int32_t *multiplier, *rest;
    const int8_t *shift;
    int32_t per_channel, narrow; /* narrow: sums with bias stay below 2^30, and all shifts are negative */
    int32_t depth, rank;
    int32_t reduce_unit; /* of the elements of a row, reduce_lo and reduce_hi count so many as one */
    const int32_t *input_shape;
    const int32_t *output_shape;
    float real_min, real_max;
} mcu_fully_connected_params_t;

#endif
