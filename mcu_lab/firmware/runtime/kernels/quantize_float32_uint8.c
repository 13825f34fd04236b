#include "mcu_quantize.h"

#define MCU_KERNEL mcu_quantize_float32_uint8
#define MCU_PARAMS mcu_quantize_params_t
#define MCU_INPUT float
#define MCU_OUTPUT uint8_t
#define MCU_MAP(p, x) ((uint8_t)mcu_quantize_element(p, x))
#include "mcu_element.inl"
