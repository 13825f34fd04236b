#include "mean.h"

#define MCU_KERNEL mcu_mean_int32
#define MCU_ELEMENT int32_t
#define MCU_SUM int64_t
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) ((sum) + (x))
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)((sum) / (p)->count))
#include "mcu_reduce.inl"
