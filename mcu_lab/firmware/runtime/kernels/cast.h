#ifndef MCU_CAST_H
#define MCU_CAST_H

#include "mcu_lab.h"

/* Dtypes by their places in mcu_lab/ops/moving.py, MOVED. */
typedef struct mcu_cast_params {
    int32_t from_dtype, to_dtype;
} mcu_cast_params_t;

#endif
