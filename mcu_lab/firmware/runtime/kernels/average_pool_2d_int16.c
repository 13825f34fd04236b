#include "mcu_mean.h"

#define MCU_KERNEL mcu_average_pool_2d_int16
#define MCU_ELEMENT int16_t
#define MCU_SUM int32_t
#define MCU_MEAN(params, sum, count) \
    ((MCU_ELEMENT)mcu_clamp(mcu_rounded_mean(sum, count), (params)->act_min, (params)->act_max))
#include "average_pool_2d.inl"
