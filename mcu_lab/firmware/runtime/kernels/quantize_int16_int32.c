#include "mcu_quantize.h"

#define MCU_KERNEL mcu_quantize_int16_int32
#define MCU_PARAMS mcu_quantize_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT int32_t
#define MCU_MAP(p, x) ((int32_t)mcu_requantize_element(p, x))
#include "mcu_element.inl"
