#ifndef MCU_FLOOR_DIV_H
#define MCU_FLOOR_DIV_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_floor_div_params_t;

#endif
