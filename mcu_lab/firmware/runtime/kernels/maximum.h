#ifndef MCU_MAXIMUM_H
#define MCU_MAXIMUM_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_maximum_params_t;

#endif
