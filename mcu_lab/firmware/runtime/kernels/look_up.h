#ifndef MCU_LOOK_UP_H
#define MCU_LOOK_UP_H

#include "mcu_lab.h"

/* Any function of one 8-bit element (LOGISTIC, TANH …): 256 output bytes, indexed by input byte. */
typedef struct mcu_look_up_params {
    const uint8_t *table;
} mcu_look_up_params_t;

#endif
