#ifndef MCU_REDUCE_ANY_PARAMS_H
#define MCU_REDUCE_ANY_PARAMS_H

#include "mcu_reduce_params.h"

typedef mcu_reduce_params_t mcu_reduce_any_params_t;

#endif
