#include "mcu_product_int8.h"
#include "mcu_taps_int8.h"

#define MCU_KERNEL mcu_depthwise_conv_2d_int8
#include "depthwise_conv_2d.inl"
