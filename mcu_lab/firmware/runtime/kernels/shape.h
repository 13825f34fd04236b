#ifndef MCU_SHAPE_H
#define MCU_SHAPE_H

#include "mcu_lab.h"

/* The numbers of the shape, which are known before anything runs. */
typedef struct mcu_shape_params {
    const int32_t *values;
} mcu_shape_params_t;

#endif
