#include "mcu_product_uint8.h"

#define MCU_KERNEL mcu_transpose_conv_uint8
#include "transpose_conv.inl"
