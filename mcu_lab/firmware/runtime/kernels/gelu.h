#ifndef MCU_GELU_H
#define MCU_GELU_H

#include "mcu_lab.h"

/* approximate: by way of tanh. */
typedef struct mcu_gelu_params {
    int32_t approximate;
} mcu_gelu_params_t;

#endif
