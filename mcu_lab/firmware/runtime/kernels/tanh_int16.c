#include "tanh.h"

#define MCU_KERNEL mcu_tanh_int16
#define MCU_PARAMS mcu_tanh_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT int16_t
#define MCU_MAP(p, x) mcu_sigmoid_tanh(p, x)
#include "mcu_element.inl"
