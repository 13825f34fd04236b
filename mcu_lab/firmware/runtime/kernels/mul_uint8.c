#include "mul.h"

#define MCU_KERNEL mcu_mul_uint8
#define MCU_ELEMENT uint8_t
#define MCU_MEET(p, x, y) mcu_binary_result(p, ((x) + (p)->a_offset) * ((y) + (p)->b_offset))
#include "mcu_binary.inl"
