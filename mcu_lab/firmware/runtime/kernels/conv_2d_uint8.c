#include "mcu_product_uint8.h"

#define MCU_KERNEL mcu_conv_2d_uint8
#include "conv_2d.inl"
