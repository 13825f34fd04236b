#ifndef MCU_PRELU_H
#define MCU_PRELU_H

#include "mcu_binary.h"

typedef mcu_binary_params_t mcu_prelu_params_t;

#endif
