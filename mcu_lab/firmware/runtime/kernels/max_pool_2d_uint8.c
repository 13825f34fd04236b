#define MCU_KERNEL mcu_max_pool_2d_uint8
#define MCU_ELEMENT uint8_t
#define MCU_LOWEST 0
#define MCU_CLAMP(params, value) ((MCU_ELEMENT)mcu_clamp(value, (params)->act_min, (params)->act_max))
#include "max_pool_2d.inl"
