#ifndef MCU_SQRT_H
#define MCU_SQRT_H

#include "mcu_lab.h"

/* int16: the scales. */
typedef struct mcu_sqrt_params {
    float in_scale, out_scale;
} mcu_sqrt_params_t;

#endif
