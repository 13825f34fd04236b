#include "mcu_float.h"

#define MCU_KERNEL mcu_hard_swish_float32
#define MCU_REAL(x) mcu_hard_swish(x)
#include "mcu_real.inl"
