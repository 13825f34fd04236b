#include "mcu_mean_q8.h"

#define MCU_KERNEL mcu_mean_int8
#define MCU_ELEMENT int8_t
#define MCU_SUM int32_t
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)mcu_clamp(mcu_mean_quantized(p, sum), INT8_MIN, INT8_MAX))
#include "mean.inl"
