#define MCU_KERNEL mcu_max_pool_2d_int16
#define MCU_ELEMENT int16_t
#define MCU_LOWEST INT16_MIN
#define MCU_CLAMP(params, value) ((MCU_ELEMENT)mcu_clamp(value, (params)->act_min, (params)->act_max))
#include "max_pool_2d.inl"
