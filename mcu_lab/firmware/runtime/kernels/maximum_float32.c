#include "maximum.h"

#define MCU_KERNEL mcu_maximum_float32
#define MCU_ELEMENT float
#define MCU_MEET(p, x, y) ((x) > (y) ? (x) : (y))
#include "mcu_binary.inl"
