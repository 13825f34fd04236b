#include "mcu_product_float32.h"

#define MCU_KERNEL mcu_conv_2d_float32
#include "conv_2d.inl"
