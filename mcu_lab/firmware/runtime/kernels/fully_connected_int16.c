#include "mcu_product_int16.h"
#include "mcu_scale_wide.h"

#define MCU_KERNEL mcu_fully_connected_int16
/* Unlike the convolutions, LiteRT scales in floating point here. */
#undef MCU_FINISH
#define MCU_SCALED(params, sum, at) mcu_scale_wide(sum, (params)->multiplier[at], (params)->rest[at], (params)->shift[at])
#define MCU_FINISH(params, sum, unit) \
    ((MCU_ELEMENT)mcu_quantized(&(params)->quant, MCU_SCALED(params, sum, (params)->per_channel * (unit))))

#include "fully_connected.inl"
