#include "mcu_mean_q8.h"

#define MCU_KERNEL mcu_mean_int16
#define MCU_ELEMENT int16_t
#define MCU_SUM int32_t
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)mcu_clamp(mcu_mean_quantized(p, sum), INT16_MIN, INT16_MAX))
#include "mean.inl"
