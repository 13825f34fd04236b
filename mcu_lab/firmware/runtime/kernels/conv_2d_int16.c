#include "mcu_product_int16.h"

#define MCU_KERNEL mcu_conv_2d_int16
#include "conv_2d.inl"
