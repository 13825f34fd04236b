#ifndef MCU_SUM_PARAMS_H
#define MCU_SUM_PARAMS_H

#include "mcu_reduce_params.h"

typedef mcu_reduce_params_t mcu_sum_params_t;

#endif
