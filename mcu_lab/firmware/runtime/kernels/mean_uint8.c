#include "mcu_fixed_point.h"

#define MCU_KERNEL mcu_mean_uint8
#define MCU_ELEMENT uint8_t
#define MCU_SUM int32_t
#define MCU_FINISH(p, sum)                                                                                       \
    ((MCU_ELEMENT)mcu_clamp(                                                                                     \
        mcu_multiply_by_quantized_multiplier((sum) + (p)->sum_offset, (p)->multiplier, (p)->shift) +             \
            (p)->output_offset,                                                                                  \
        0, UINT8_MAX))
#include "mean.inl"
