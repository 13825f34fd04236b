#include "mcu_product_float32.h"

#define MCU_KERNEL mcu_transpose_conv_float32
#include "transpose_conv.inl"
