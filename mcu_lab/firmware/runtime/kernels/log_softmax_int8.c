#define MCU_KERNEL mcu_log_softmax_int8
#define MCU_ELEMENT int8_t
#define MCU_LEAST INT8_MIN
#define MCU_MOST INT8_MAX
#include "log_softmax.inl"
