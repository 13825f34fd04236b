#include "prelu.h"

#define MCU_KERNEL mcu_prelu_float32
#define MCU_ELEMENT float
#define MCU_MEET(p, x, y) ((x) >= 0.0f ? (x) : (x) * (y))
#include "mcu_binary.inl"
