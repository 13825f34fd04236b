#include "mcu_float.h"

#define MCU_KERNEL mcu_average_pool_2d_float32
#define MCU_ELEMENT float
#define MCU_SUM float
#define MCU_MEAN(params, sum, count) mcu_clamp_float((sum) / (float)(count), (params)->real_min, (params)->real_max)
#include "average_pool_2d.inl"
