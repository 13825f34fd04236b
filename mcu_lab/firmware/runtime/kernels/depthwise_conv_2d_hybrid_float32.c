#include "depthwise_conv_2d_hybrid.h"

#define MCU_KERNEL mcu_depthwise_conv_2d_hybrid_float32
#include "conv_2d_hybrid.inl"
