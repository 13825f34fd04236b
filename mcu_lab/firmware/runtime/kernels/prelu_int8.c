#include "mcu_prelu.h"

#define MCU_KERNEL mcu_prelu_int8
#define MCU_ELEMENT int8_t
#define MCU_MEET(p, x, y) mcu_prelu(p, x, y)
#include "mcu_binary.inl"
