#ifndef MCU_LOGISTIC_H
#define MCU_LOGISTIC_H

#include "mcu_sigmoid.h"

typedef mcu_sigmoid_params_t mcu_logistic_params_t;

#endif
