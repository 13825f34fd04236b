#include "dequantize.h"

#define MCU_KERNEL mcu_dequantize_int16_float32
#define MCU_PARAMS mcu_dequantize_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT float
#define MCU_MAP(p, x) ((float)((x) - (p)->zero_point) * (p)->scale)
#include "mcu_element.inl"
