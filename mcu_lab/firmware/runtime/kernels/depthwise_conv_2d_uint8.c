#include "mcu_product_uint8.h"

#define MCU_KERNEL mcu_depthwise_conv_2d_uint8
#include "depthwise_conv_2d.inl"
