#include "reduce_max.h"

#define MCU_KERNEL mcu_reduce_max_int16
#define MCU_ELEMENT int16_t
#define MCU_SUM int32_t
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) ((x) > (sum) ? (x) : (sum))
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)(sum))
#include "mcu_reduce.inl"
