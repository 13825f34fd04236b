#include <float.h>

#include "reduce_min.h"

#define MCU_KERNEL mcu_reduce_min_float32
#define MCU_ELEMENT float
#define MCU_SUM float
#define MCU_OPEN(p, x) ((p)->whole || (x) < FLT_MAX ? (x) : FLT_MAX)
#define MCU_JOIN(p, sum, x) ((x) < (sum) ? (x) : (sum))
#define MCU_FINISH(p, sum) (sum)
#include "mcu_reduce.inl"
