#ifndef MCU_CONV_2D_HYBRID_H
#define MCU_CONV_2D_HYBRID_H

#include "mcu_quantize_input.h"
#include "mcu_window.h"

/* c_params of CONV_2D and DEPTHWISE_CONV_2D with float activations and int8 weights. */
typedef struct mcu_conv_2d_hybrid_params {
    mcu_window_t window;
    mcu_hybrid_t hybrid;
    int32_t channel_axis;                  /* of the weights: their output channels */
    int32_t input_w, channels, input_size; /* of a batch entry: columns, channels, elements */
    int32_t input_c, group_c; /* of each group: input channels, and output channels that are made of them */
} mcu_conv_2d_hybrid_params_t;

#endif
