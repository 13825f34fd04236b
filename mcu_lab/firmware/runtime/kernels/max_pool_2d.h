#ifndef MCU_MAX_POOL_2D_H
#define MCU_MAX_POOL_2D_H

#include "mcu_lab.h"

/* c_params of MAX_POOL_2D, all int. Sizes are of the whole input tensor, in elements; pad is what lies above and left. */
typedef struct mcu_max_pool_2d_params {
    int32_t input_h, input_w;
    int32_t filter_h, filter_w;
    int32_t stride_h, stride_w;
    int32_t pad_h, pad_w;
    int32_t act_min, act_max;
} mcu_max_pool_2d_params_t;

#endif
