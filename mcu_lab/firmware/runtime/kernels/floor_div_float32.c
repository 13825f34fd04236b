#include "floor_div.h"
#include "mcu_floor_quotient.h"

#define MCU_KERNEL mcu_floor_div_float32
#define MCU_ELEMENT float
#define MCU_MEET(p, x, y) mcu_floor_quotient(x, y)
#include "mcu_binary.inl"
