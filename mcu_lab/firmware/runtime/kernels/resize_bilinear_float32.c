#include "mcu_bilinear_float.h"

#define MCU_KERNEL mcu_resize_bilinear_float32
#define MCU_ELEMENT float
#define MCU_WEIGHT float
#define MCU_SUM float
#define MCU_FINISH(sum) (sum)
#include "resize_bilinear.inl"
