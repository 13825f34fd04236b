#ifndef MCU_POW_H
#define MCU_POW_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_pow_params_t;

#endif
