#ifndef MCU_LEAKY_RELU_H
#define MCU_LEAKY_RELU_H

#include "mcu_lab.h"

/* Floats: x above 0, else alpha * x. */
typedef struct mcu_leaky_relu_params {
    float alpha;
} mcu_leaky_relu_params_t;

#endif
