#include "mcu_div.h"

#define MCU_KERNEL mcu_div_uint8
#define MCU_ELEMENT uint8_t
#define MCU_MEET(p, x, y) mcu_div(p, x, y)
#include "mcu_binary.inl"
