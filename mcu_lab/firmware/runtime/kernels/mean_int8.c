#include "mcu_fixed_point.h"

#define MCU_KERNEL mcu_mean_int8
#define MCU_ELEMENT int8_t
#define MCU_SUM int32_t
#define MCU_FINISH(p, sum)                                                                                       \
    ((MCU_ELEMENT)mcu_clamp(                                                                                     \
        mcu_multiply_by_quantized_multiplier((sum) + (p)->sum_offset, (p)->multiplier, (p)->shift) +             \
            (p)->output_offset,                                                                                  \
        INT8_MIN, INT8_MAX))
#include "mean.inl"
