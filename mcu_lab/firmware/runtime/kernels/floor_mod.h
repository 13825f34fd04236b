#ifndef MCU_FLOOR_MOD_H
#define MCU_FLOOR_MOD_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_floor_mod_params_t;

#endif
