#include "mcu_whole.h"

#define MCU_KERNEL mcu_ceil_float32
#define MCU_REAL(x) mcu_ceil(x)
#include "mcu_real.inl"
