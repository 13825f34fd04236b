#ifndef MCU_DIV_H
#define MCU_DIV_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_div_params_t;

#endif
