#include "mul.h"

#define MCU_KERNEL mcu_mul_int8
#define MCU_ELEMENT int8_t
#define MCU_MEET(p, x, y) mcu_binary_result(p, ((x) + (p)->a_offset) * ((y) + (p)->b_offset))
#include "mcu_binary.inl"
