#define MCU_KERNEL mcu_max_pool_2d_uint8
#define MCU_ELEMENT uint8_t
#include "max_pool_2d_q8.inl"
