#define MCU_KERNEL mcu_softmax_uint8
#define MCU_INPUT uint8_t
#define MCU_OUTPUT uint8_t
#define MCU_LEAST 0
#define MCU_MOST UINT8_MAX
#include "mcu_softmax.inl"
