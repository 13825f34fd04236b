#include "mcu_product_uint8.h"

#define MCU_KERNEL mcu_fully_connected_uint8
/* LiteRT rounds once here, unlike in the convolutions. */
#undef MCU_FINISH
#undef MCU_FINISH_NARROW
#define MCU_FINISH(params, sum, unit)                                                                                 \
    ((MCU_ELEMENT)mcu_quantized(&(params)->quant,                                                                     \
                                mcu_scale_once(sum, (params)->multiplier[(params)->per_channel * (unit)],             \
                                               (params)->shift[(params)->per_channel * (unit)])))

#include "fully_connected.inl"
