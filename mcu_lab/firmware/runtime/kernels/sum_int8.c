#include "mcu_sum_quantized.h"
#include "sum.h"

#define MCU_KERNEL mcu_sum_int8
#define MCU_ELEMENT int8_t
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)mcu_clamp(mcu_sum_quantized(p, sum), INT8_MIN, INT8_MAX))
#include "mcu_reduce.inl"
