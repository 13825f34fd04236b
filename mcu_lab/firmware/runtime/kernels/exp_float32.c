#include "mcu_elementary.h"

#define MCU_KERNEL mcu_exp_float32
#define MCU_REAL(x) mcu_exp_float(x)
#include "mcu_real.inl"
