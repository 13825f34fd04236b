#include "mcu_dense_int8.h"
#include "mcu_product_int8.h"

#define MCU_KERNEL mcu_transpose_conv_int8
#include "transpose_conv.inl"
