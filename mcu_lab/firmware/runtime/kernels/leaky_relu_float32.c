#include "leaky_relu.h"

#define MCU_KERNEL mcu_leaky_relu_float32
#define MCU_PARAMS mcu_leaky_relu_params_t
#define MCU_INPUT float
#define MCU_OUTPUT float
#define MCU_MAP(p, x) ((x) > 0.0f ? (x) : (x) * (p)->alpha)
#include "mcu_element.inl"
