#include "mcu_bits.h"

#define MCU_KERNEL mcu_abs_float32
#define MCU_REAL(x) mcu_absolute(x)
#include "mcu_real.inl"
