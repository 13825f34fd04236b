#define MCU_KERNEL mcu_max_pool_2d_int8
#define MCU_ELEMENT int8_t
#include "max_pool_2d_q8.inl"
