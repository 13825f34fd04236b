#ifndef MCU_MUL_H
#define MCU_MUL_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_mul_params_t;

#endif
