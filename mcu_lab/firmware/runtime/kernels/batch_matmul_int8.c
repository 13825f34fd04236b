#include "batch_matmul.h"
#include "mcu_fixed_point.h"

#define MCU_KERNEL mcu_batch_matmul_int8
#define MCU_ELEMENT int8_t
#define MCU_SUM int32_t
#define MCU_LIFT(x, offset) ((int32_t)(x) + (offset))
#define MCU_SCALED(p, sum) mcu_multiply_by_quantized_multiplier(sum, (p)->multiplier, (p)->shift)
#define MCU_FINISH(p, sum) \
    ((MCU_ELEMENT)mcu_clamp(mcu_add_wrapping(MCU_SCALED(p, sum), (p)->output_offset), INT8_MIN, INT8_MAX))
#include "batch_matmul.inl"
