#include "mcu_trigonometry.h"

#define MCU_KERNEL mcu_sin_float32
#define MCU_REAL(x) mcu_sin(x)
#include "mcu_real.inl"
