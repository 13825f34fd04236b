#include "mcu_product_uint8.h"
#include "mcu_scale_real.h"

#define MCU_KERNEL mcu_fully_connected_uint8
/* Unlike the convolutions, LiteRT scales in floating point here. */
#undef MCU_FINISH
#undef MCU_FINISH_NARROW
#define MCU_SCALED(scale, params, sum, at) scale(sum, (params)->multiplier[at], (params)->rest[at], (params)->shift[at])
#define MCU_FINISH(params, sum, unit)                                                                                 \
    ((MCU_ELEMENT)mcu_quantized(&(params)->quant,                                                                     \
                                MCU_SCALED(mcu_scale_real, params, sum, (params)->per_channel * (unit))))
#define MCU_FINISH_NARROW(params, sum, unit)                                                                          \
    ((MCU_ELEMENT)mcu_quantized(&(params)->quant,                                                                     \
                                MCU_SCALED(mcu_scale_real_narrow, params, sum, (params)->per_channel * (unit))))

#include "fully_connected.inl"
