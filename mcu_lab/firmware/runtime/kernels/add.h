#ifndef MCU_ADD_H
#define MCU_ADD_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_add_params_t;

#endif
