#include "add.h"

#define MCU_KERNEL mcu_add_uint8
#define MCU_ELEMENT uint8_t
#define MCU_MEET(p, x, y) mcu_sum_result(p, mcu_sum_a(p, x) + mcu_sum_b(p, y))
#include "mcu_binary.inl"
