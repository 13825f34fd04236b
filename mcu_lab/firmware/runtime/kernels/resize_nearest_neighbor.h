#ifndef MCU_RESIZE_NEAREST_NEIGHBOR_H
#define MCU_RESIZE_NEAREST_NEIGHBOR_H

#include "mcu_lab.h"

/* rows[i], columns[j]: the input row and column that output row i and column j copy. */
typedef struct mcu_resize_nearest_neighbor_params {
    const int32_t *rows;
    const int32_t *columns;
} mcu_resize_nearest_neighbor_params_t;

#endif
