#include "quantize.h"

#define MCU_KERNEL mcu_quantize_int8
#define MCU_PARAMS mcu_quantize_params_t
#include "mcu_look_up.inl"
