#include <float.h>

#include "mcu_float.h"

#define MCU_KERNEL mcu_max_pool_2d_float32
#define MCU_ELEMENT float
#define MCU_LOWEST (-FLT_MAX)
#define MCU_CLAMP(params, value) mcu_clamp_float(value, (params)->real_min, (params)->real_max)
#include "max_pool_2d.inl"
