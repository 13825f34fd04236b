#include "mcu_sum_quantized.h"
#include "sum.h"

#define MCU_KERNEL mcu_sum_int16
#define MCU_ELEMENT int16_t
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)mcu_clamp(mcu_sum_quantized(p, sum), INT16_MIN, INT16_MAX))
#include "mcu_reduce.inl"
