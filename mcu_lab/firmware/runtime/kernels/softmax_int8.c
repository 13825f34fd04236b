#define MCU_KERNEL mcu_softmax_int8
#define MCU_INPUT int8_t
#define MCU_OUTPUT int8_t
#define MCU_LEAST INT8_MIN
#define MCU_MOST INT8_MAX
#include "mcu_softmax.inl"
