/* What the bodies of CONV_2D and DEPTHWISE_CONV_2D need to know of int16 with int8 weights: sums of 64 bits, which are
 * multiplied by 16 bits and shifted once. */
#include "mcu_product_q8.h"
#include "mcu_scale_64.h"

#define MCU_ELEMENT int16_t
#define MCU_WEIGHT int8_t
#define MCU_SUM int64_t
#define MCU_KEPT int32_t
#define MCU_LIFT_INPUT(params, value) ((int64_t)(value))
#define MCU_LIFT_WEIGHT(params, value) ((int64_t)(value))
#define MCU_ADD_BIAS(sum, bias) mcu_add_wrapping_64(sum, bias)
#define MCU_FINISH(params, sum, channel)                                                                             \
    ((MCU_ELEMENT)mcu_quantized(&(params)->quant,                                                                    \
                                mcu_scale_64(sum, (params)->multiplier[(params)->per_channel * (channel)],           \
                                             (params)->shift[(params)->per_channel * (channel)])))

/* a + b with the wrap-around that two's complement gives. */
static inline int64_t mcu_add_wrapping_64(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
