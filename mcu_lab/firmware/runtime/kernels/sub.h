#ifndef MCU_SUB_H
#define MCU_SUB_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_sub_params_t;

#endif
