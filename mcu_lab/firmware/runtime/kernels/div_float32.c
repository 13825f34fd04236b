#include "div.h"
#include "mcu_float.h"

#define MCU_KERNEL mcu_div_float32
#define MCU_ELEMENT float
#define MCU_MEET(p, x, y) mcu_clamp_float((x) / (y), (p)->real_min, (p)->real_max)
#include "mcu_binary.inl"
