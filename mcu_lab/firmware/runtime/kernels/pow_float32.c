#include "pow.h"
#include "mcu_powers.h"

#define MCU_KERNEL mcu_pow_float32
#define MCU_ELEMENT float
#define MCU_MEET(p, x, y) mcu_power(x, y)
#include "mcu_binary.inl"
