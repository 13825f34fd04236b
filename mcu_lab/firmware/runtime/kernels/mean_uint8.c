#include "mcu_sum_quantized.h"
#include "mean.h"

#define MCU_KERNEL mcu_mean_uint8
#define MCU_ELEMENT uint8_t
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)mcu_clamp(mcu_sum_quantized(p, sum), 0, UINT8_MAX))
#include "mcu_reduce.inl"
