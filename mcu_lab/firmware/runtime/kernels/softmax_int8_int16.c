#define MCU_KERNEL mcu_softmax_int8_int16
#define MCU_INPUT int8_t
#define MCU_OUTPUT int16_t
#define MCU_LEAST INT16_MIN
#define MCU_MOST INT16_MAX
#include "mcu_softmax.inl"
