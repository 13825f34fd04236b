#include "mcu_square_root.h"

#define MCU_KERNEL mcu_rsqrt_float32
#define MCU_REAL(x) (1.0f / mcu_square_root(x))
#include "mcu_real.inl"
