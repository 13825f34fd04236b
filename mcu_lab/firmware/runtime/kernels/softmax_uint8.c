#define MCU_KERNEL mcu_softmax_uint8
#define MCU_ELEMENT uint8_t
#define MCU_LEAST 0
#define MCU_MOST UINT8_MAX
#define MCU_STORED(p, share) ((int32_t)((share) + 0.5f))
#include "mcu_softmax.inl"
