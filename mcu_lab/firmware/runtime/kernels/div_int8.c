#include "mcu_div.h"

#define MCU_KERNEL mcu_div_int8
#define MCU_ELEMENT int8_t
#define MCU_MEET(p, x, y) mcu_div(p, x, y)
#include "mcu_binary.inl"
