#ifndef MCU_LINES_H
#define MCU_LINES_H

#include "mcu_lab.h"

/* Any function of an int16 (EXP, LOG …): its values at every 128th, 513 of them, and lines between. */
typedef struct mcu_lines_params {
    const int16_t *table;
} mcu_lines_params_t;

#endif
