#include "mcu_lab.h"

#define MCU_KERNEL mcu_square_float32
#define MCU_REAL(x) ((x) * (x))
#include "mcu_real.inl"
