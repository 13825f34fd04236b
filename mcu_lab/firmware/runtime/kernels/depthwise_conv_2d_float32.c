#include "mcu_product_float32.h"

#define MCU_KERNEL mcu_depthwise_conv_2d_float32
#include "depthwise_conv_2d.inl"
