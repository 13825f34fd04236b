#include "mcu_whole.h"

#define MCU_KERNEL mcu_floor_float32
#define MCU_REAL(x) mcu_floor(x)
#include "mcu_real.inl"
