#ifndef MCU_CLAMP_H
#define MCU_CLAMP_H

#include "mcu_lab.h"

/* RELU and its kin on floats: between real_min and real_max. */
typedef struct mcu_clamp_params {
    float real_min, real_max;
} mcu_clamp_params_t;

#endif
