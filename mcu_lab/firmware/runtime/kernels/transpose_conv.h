#ifndef MCU_TRANSPOSE_CONV_H
#define MCU_TRANSPOSE_CONV_H

#include "mcu_product_q8.h"

/* c_params of TRANSPOSE_CONV: input row i goes to the output rows i * stride_h - pad_h + k for 0 <= k < filter_h, columns
 * likewise. The rest is as of CONV_2D. */
typedef struct mcu_transpose_conv_params {
    int32_t filter_h, filter_w, stride_h, stride_w, pad_h, pad_w;
    int32_t input_h, input_w, input_c;
    mcu_quant_t quant;
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t per_channel, narrow; /* narrow: sums with bias stay below 2^30, and all shifts are negative */
    float real_min, real_max;
} mcu_transpose_conv_params_t;

#endif
