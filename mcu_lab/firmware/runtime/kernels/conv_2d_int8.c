#include "mcu_dense_int8.h"
#include "mcu_product_int8.h"

#define MCU_KERNEL mcu_conv_2d_int8
#include "conv_2d.inl"
