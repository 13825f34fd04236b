#include "floor_mod.h"
#include "mcu_powers.h"

#define MCU_KERNEL mcu_floor_mod_float32
#define MCU_ELEMENT float
#define MCU_MEET(p, x, y) mcu_floor_mod(x, y)
#include "mcu_binary.inl"
