/* What the bodies of CONV_2D and DEPTHWISE_CONV_2D need to know of uint8. */
#include "mcu_product_q8.h"

#define MCU_ELEMENT uint8_t
#define MCU_WEIGHT uint8_t
#define MCU_SUM int32_t
#define MCU_KEPT int32_t
#define MCU_LIFT_INPUT(params, value) ((int32_t)(value) + (params)->quant.input_offset)
#define MCU_LIFT_WEIGHT(params, value) ((int32_t)(value) + (params)->quant.weights_offset)
#define MCU_ADD_BIAS(sum, bias) mcu_add_wrapping(sum, bias)
#define MCU_FINISH_NARROW(params, sum, channel)                                                                      \
    ((MCU_ELEMENT)mcu_quantized(&(params)->quant,                                                                    \
                                mcu_multiply_narrow(sum, (params)->multiplier[(params)->per_channel * (channel)],    \
                                                    (params)->shift[(params)->per_channel * (channel)])))
#define MCU_FINISH(params, sum, channel)                                                                             \
    ((MCU_ELEMENT)mcu_quantized(                                                                                     \
        &(params)->quant,                                                                                            \
        mcu_multiply_by_quantized_multiplier(sum, (params)->multiplier[(params)->per_channel * (channel)],           \
                                             (params)->shift[(params)->per_channel * (channel)])))
