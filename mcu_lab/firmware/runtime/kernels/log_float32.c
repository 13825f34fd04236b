#include "mcu_elementary.h"

#define MCU_KERNEL mcu_log_float32
#define MCU_REAL(x) mcu_log(x)
#include "mcu_real.inl"
