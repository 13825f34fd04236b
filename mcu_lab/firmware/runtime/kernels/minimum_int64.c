#include "minimum.h"

#define MCU_KERNEL mcu_minimum_int64
#define MCU_ELEMENT int64_t
#define MCU_MEET(p, x, y) ((x) < (y) ? (x) : (y))
#include "mcu_binary.inl"
