#include "mcu_elementary.h"

#define MCU_KERNEL mcu_tanh_float32
#define MCU_REAL(x) mcu_tanh(x)
#include "mcu_real.inl"
