#include "mcu_product_int16.h"

#define MCU_KERNEL mcu_transpose_conv_int16
#include "transpose_conv.inl"
