#include "mcu_bilinear_int.h"

#define MCU_KERNEL mcu_resize_bilinear_int8
#define MCU_ELEMENT int8_t
#define MCU_WEIGHT int32_t
/* Weights of a pixel stay below 1.5 each way: four of them fit. */
#define MCU_SUM int32_t
#define MCU_FINISH(sum) (((sum) + ((sum) > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20))
#include "resize_bilinear.inl"
