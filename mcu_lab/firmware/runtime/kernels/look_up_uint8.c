#include "look_up.h"

#define MCU_KERNEL mcu_look_up_uint8
#define MCU_PARAMS mcu_look_up_params_t
#include "mcu_look_up.inl"
