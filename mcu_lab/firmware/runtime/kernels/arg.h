#ifndef MCU_ARG_H
#define MCU_ARG_H

#include "mcu_lab.h"

/* The greatest or least of `length` elements along an axis of the input (counted from the last: 0 is the last). */
typedef struct mcu_arg_params {
    int32_t greatest;
    int32_t axis_from_last, length;
} mcu_arg_params_t;

#endif
