#include "maximum.h"

#define MCU_KERNEL mcu_maximum_uint8
#define MCU_ELEMENT uint8_t
#define MCU_MEET(p, x, y) ((x) > (y) ? (x) : (y))
#include "mcu_binary.inl"
