#include "mcu_quantize.h"

#define MCU_KERNEL mcu_quantize_int32_int8
#define MCU_PARAMS mcu_quantize_params_t
#define MCU_INPUT int32_t
#define MCU_OUTPUT int8_t
#define MCU_MAP(p, x) ((int8_t)mcu_requantize_element(p, x))
#include "mcu_element.inl"
