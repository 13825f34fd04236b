#ifndef MCU_SLOPES_H
#define MCU_SLOPES_H

#include "mcu_lab.h"

/* int16 times one factor above 0 and another below it, where signs may be turned before and after (-1). */
typedef struct mcu_slopes_params {
    int32_t above_multiplier, above_shift;
    int32_t below_multiplier, below_shift, before, after;
    int32_t act_min, act_max;
} mcu_slopes_params_t;

#endif
