#include "mcu_whole.h"

#define MCU_KERNEL mcu_round_float32
#define MCU_REAL(x) mcu_round(x)
#include "mcu_real.inl"
