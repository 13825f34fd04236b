#define MCU_KERNEL mcu_mean_float32
#define MCU_ELEMENT float
#define MCU_SUM float
#define MCU_FINISH(p, sum) ((sum) / (float)(p)->count)
#include "mean.inl"
