#ifndef MCU_TANH_H
#define MCU_TANH_H

#include "mcu_sigmoid.h"

typedef mcu_sigmoid_params_t mcu_tanh_params_t;

#endif
