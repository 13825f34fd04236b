#include "mcu_fixed_point.h"
#include "mcu_scale_64.h"
#include "reduce_prod.h"

#define MCU_KERNEL mcu_reduce_prod_int16
#define MCU_ELEMENT int16_t
#define MCU_SUM int32_t
#define MCU_SCALED(p, product) mcu_scale_64(product, (p)->multiplier, (p)->shift)
#define MCU_OPEN(p, x) ((x) + (p)->input_offset)
#define MCU_JOIN(p, sum, x) MCU_SCALED(p, (int64_t)(sum) * ((x) + (p)->input_offset))
#define MCU_FINISH(p, sum) \
    ((MCU_ELEMENT)mcu_clamp(mcu_add_wrapping(MCU_SCALED(p, sum), (p)->output_offset), INT16_MIN, INT16_MAX))
#include "mcu_reduce.inl"
