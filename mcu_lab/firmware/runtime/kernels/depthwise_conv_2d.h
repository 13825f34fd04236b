#ifndef MCU_DEPTHWISE_CONV_2D_H
#define MCU_DEPTHWISE_CONV_2D_H

#include "mcu_product_q8.h"
#include "mcu_window.h"

/* c_params of DEPTHWISE_CONV_2D: as of CONV_2D; output channel c reads input channel c / channel_multiplier. */
typedef struct mcu_depthwise_conv_2d_params {
    mcu_window_t window;
    mcu_quant_t quant;
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t per_channel, narrow; /* narrow: sums with bias stay below 2^30, and all shifts are negative */
    int32_t channel_multiplier;
    float real_min, real_max;
} mcu_depthwise_conv_2d_params_t;

#endif
