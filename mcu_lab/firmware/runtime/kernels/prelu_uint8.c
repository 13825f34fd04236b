#include "mcu_prelu.h"

#define MCU_KERNEL mcu_prelu_uint8
#define MCU_ELEMENT uint8_t
#define MCU_MEET(p, x, y) mcu_prelu(p, x, y)
#include "mcu_binary.inl"
