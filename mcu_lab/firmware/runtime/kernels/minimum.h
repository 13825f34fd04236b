#ifndef MCU_MINIMUM_H
#define MCU_MINIMUM_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_minimum_params_t;

#endif
