#define MCU_KERNEL mcu_l2_normalization_uint8
#define MCU_ELEMENT uint8_t
#define MCU_LEAST 0
#define MCU_MOST UINT8_MAX
#define MCU_SCALED(x, multiplier, shift) (mcu_multiply_by_quantized_multiplier((x) * 128, multiplier, shift) + 128)
#include "l2_normalization.inl"
