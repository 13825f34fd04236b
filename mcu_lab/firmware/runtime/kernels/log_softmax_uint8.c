#define MCU_KERNEL mcu_log_softmax_uint8
#define MCU_ELEMENT uint8_t
#define MCU_LEAST 0
#define MCU_MOST UINT8_MAX
#include "log_softmax.inl"
