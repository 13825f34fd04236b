#include "mcu_lab.h"

#define MCU_KERNEL mcu_neg_float32
#define MCU_REAL(x) (-(x))
#include "mcu_real.inl"
