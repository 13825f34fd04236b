#define MCU_KERNEL mcu_l2_normalization_int8
#define MCU_ELEMENT int8_t
#define MCU_LEAST INT8_MIN
#define MCU_MOST INT8_MAX
#define MCU_SCALED(x, multiplier, shift) mcu_multiply_by_quantized_multiplier(x, multiplier, (shift) + 7)
#include "l2_normalization.inl"
