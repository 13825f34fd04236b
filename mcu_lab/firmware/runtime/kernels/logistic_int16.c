#include "logistic.h"

#define MCU_KERNEL mcu_logistic_int16
#define MCU_PARAMS mcu_logistic_params_t
#define MCU_INPUT int16_t
#define MCU_OUTPUT int16_t
#define MCU_MAP(p, x) mcu_sigmoid_logistic(p, x)
#include "mcu_element.inl"
