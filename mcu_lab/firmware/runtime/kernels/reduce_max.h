#ifndef MCU_REDUCE_MAX_PARAMS_H
#define MCU_REDUCE_MAX_PARAMS_H

#include "mcu_reduce_params.h"

typedef mcu_reduce_params_t mcu_reduce_max_params_t;

#endif
