#ifndef MCU_SQUARED_DIFFERENCE_H
#define MCU_SQUARED_DIFFERENCE_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_squared_difference_params_t;

#endif
