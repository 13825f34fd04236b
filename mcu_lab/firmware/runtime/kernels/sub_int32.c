#include "sub.h"

#define MCU_KERNEL mcu_sub_int32
#define MCU_ELEMENT int32_t
#define MCU_MEET(p, x, y) mcu_clamp((int32_t)((uint32_t)(x) - (uint32_t)(y)), (p)->act_min, (p)->act_max)
#include "mcu_binary.inl"
