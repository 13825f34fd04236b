#include "mcu_product_int16.h"

#define MCU_KERNEL mcu_depthwise_conv_2d_int16
#include "depthwise_conv_2d.inl"
