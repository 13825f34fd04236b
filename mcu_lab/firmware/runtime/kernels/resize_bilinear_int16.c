#include "mcu_bilinear_int.h"

#define MCU_KERNEL mcu_resize_bilinear_int16
#define MCU_ELEMENT int16_t
#define MCU_WEIGHT int32_t
#define MCU_SUM int64_t
#define MCU_FINISH(sum) (((sum) + ((sum) > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20))
#include "resize_bilinear.inl"
