#include "mcu_mean_q8.h"

#define MCU_KERNEL mcu_mean_uint8
#define MCU_ELEMENT uint8_t
#define MCU_SUM int32_t
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)mcu_clamp(mcu_mean_quantized(p, sum), 0, UINT8_MAX))
#include "mean.inl"
