#include "mean.h"

#define MCU_KERNEL mcu_mean_float32
#define MCU_ELEMENT float
#define MCU_SUM float
#define MCU_OPEN(p, x) (0.0f + (x)) /* which is no -0 */
#define MCU_JOIN(p, sum, x) ((sum) + (x))
#define MCU_FINISH(p, sum) ((sum) / (float)(p)->count)
#include "mcu_reduce.inl"
