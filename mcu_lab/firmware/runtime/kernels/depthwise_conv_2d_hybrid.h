#ifndef MCU_DEPTHWISE_CONV_2D_HYBRID_H
#define MCU_DEPTHWISE_CONV_2D_HYBRID_H

#include "conv_2d_hybrid.h"

typedef mcu_conv_2d_hybrid_params_t mcu_depthwise_conv_2d_hybrid_params_t;

#endif
