#include "mcu_elementary.h"

#define MCU_KERNEL mcu_elu_float32
#define MCU_REAL(x) ((x) < 0.0f ? mcu_expm1(x) : (x))
#include "mcu_real.inl"
