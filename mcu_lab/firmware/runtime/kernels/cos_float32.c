#include "mcu_trigonometry.h"

#define MCU_KERNEL mcu_cos_float32
#define MCU_REAL(x) mcu_cos(x)
#include "mcu_real.inl"
