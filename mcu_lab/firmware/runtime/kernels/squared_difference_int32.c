#include "squared_difference.h"

#define MCU_KERNEL mcu_squared_difference_int32
#define MCU_ELEMENT int32_t
#define MCU_MEET(p, x, y) (int32_t)(((uint32_t)(x) - (uint32_t)(y)) * ((uint32_t)(x) - (uint32_t)(y)))
#include "mcu_binary.inl"
