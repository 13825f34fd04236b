#include "mcu_float.h"

#define MCU_KERNEL mcu_sign_float32
#define MCU_REAL(x) mcu_sign(x)
#include "mcu_real.inl"
