#include "mcu_half.h"
#include "dequantize.h"

#define MCU_KERNEL mcu_dequantize_float16_float32
#define MCU_PARAMS mcu_dequantize_params_t
#define MCU_INPUT uint16_t
#define MCU_OUTPUT float
#define MCU_MAP(p, x) ((void)(p), mcu_from_half(x))
#include "mcu_element.inl"
