#include "floor_mod.h"
#include "mcu_floor_divided.h"

#define MCU_KERNEL mcu_floor_mod_int16
#define MCU_ELEMENT int16_t
#define MCU_MEET(p, x, y) mcu_floor_rest(x, y)
#include "mcu_binary.inl"
