#include "batch_matmul.h"
#include "mcu_scale_64.h"

#define MCU_KERNEL mcu_batch_matmul_int16
#define MCU_ELEMENT int16_t
#define MCU_SUM int64_t
#define MCU_LIFT(x, offset) ((int64_t)(x))
#define MCU_FINISH(p, sum) \
    ((MCU_ELEMENT)mcu_clamp(mcu_scale_64(sum, (p)->multiplier, (p)->shift), INT16_MIN, INT16_MAX))
#include "batch_matmul.inl"
