#include "mcu_product_float32.h"

#define MCU_KERNEL mcu_fully_connected_float32
#include "fully_connected.inl"
