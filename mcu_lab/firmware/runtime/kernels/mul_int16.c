#include "mul.h"

#define MCU_KERNEL mcu_mul_int16
#define MCU_ELEMENT int16_t
#define MCU_MEET(p, x, y) mcu_binary_result(p, (x) * (y))
#include "mcu_binary.inl"
