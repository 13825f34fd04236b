#include "mcu_bilinear_float.h"

#define MCU_KERNEL mcu_resize_bilinear_uint8
#define MCU_ELEMENT uint8_t
#define MCU_WEIGHT float
#define MCU_SUM float
#define MCU_FINISH(sum) ((sum) + 0.5f)
#include "resize_bilinear.inl"
