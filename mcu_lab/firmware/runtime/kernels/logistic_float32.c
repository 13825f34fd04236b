#include "mcu_elementary.h"

#define MCU_KERNEL mcu_logistic_float32
#define MCU_REAL(x) mcu_logistic(x)
#include "mcu_real.inl"
