#ifndef MCU_MAX_POOL_2D_H
#define MCU_MAX_POOL_2D_H

#include "mcu_window.h"

/* c_params of MAX_POOL_2D: act_* for 8-bit elements, real_* for float32. */
typedef struct mcu_max_pool_2d_params {
    mcu_window_t window;
    int32_t act_min, act_max;
    float real_min, real_max;
} mcu_max_pool_2d_params_t;

#endif
