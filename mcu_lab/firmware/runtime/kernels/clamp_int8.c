#include "clamp.h"

#define MCU_KERNEL mcu_clamp_int8
#define MCU_PARAMS mcu_clamp_params_t
#include "mcu_look_up.inl"
