#ifndef MCU_BATCH_MATMUL_H
#define MCU_BATCH_MATMUL_H

#include "mcu_lab.h"

/* c_params of BATCH_MATMUL. Shapes have `rank` numbers, padded on the left with 1; x_depth and y_depth are the axes of the
 * inputs that are summed over. Offsets, multiplier and shift are for integers. */
typedef struct mcu_batch_matmul_params {
    int32_t rank;
    const int32_t *x_shape, *y_shape;
    int32_t x_depth, y_depth, depth;
    int32_t x_offset, y_offset, output_offset, multiplier, shift;
} mcu_batch_matmul_params_t;

#endif
