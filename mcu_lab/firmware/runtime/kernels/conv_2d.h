#ifndef MCU_CONV_2D_H
#define MCU_CONV_2D_H

#include "mcu_product_q8.h"
#include "mcu_window.h"

/* c_params of CONV_2D. quant, multiplier and shift for 8-bit elements, real_min and real_max for float32.
 * multiplier and shift have one entry for each output channel (per_channel 1) or one for all (0). */
typedef struct mcu_conv_2d_params {
    mcu_window_t window;
    mcu_quant_t quant;
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t per_channel, narrow; /* narrow: sums with bias stay below 2^30, and all shifts are negative */
    int32_t input_c, group_c; /* of each group: input channels, and output channels that are made of them */
    float real_min, real_max;
} mcu_conv_2d_params_t;

#endif
