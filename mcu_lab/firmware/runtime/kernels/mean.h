#ifndef MCU_MEAN_PARAMS_H
#define MCU_MEAN_PARAMS_H

#include "mcu_reduce_params.h"

typedef mcu_reduce_params_t mcu_mean_params_t;

#endif
