#include "sub.h"

#define MCU_KERNEL mcu_sub_int16
#define MCU_ELEMENT int16_t
#define MCU_MEET(p, x, y) mcu_sum16_result(p, mcu_sum16_a(p, x) - mcu_sum16_b(p, y))
#include "mcu_binary.inl"
