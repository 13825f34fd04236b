#include "mcu_square_root.h"

#define MCU_KERNEL mcu_sqrt_float32
#define MCU_REAL(x) mcu_square_root(x)
#include "mcu_real.inl"
