#ifndef MCU_REDUCE_ALL_PARAMS_H
#define MCU_REDUCE_ALL_PARAMS_H

#include "mcu_reduce_params.h"

typedef mcu_reduce_params_t mcu_reduce_all_params_t;

#endif
