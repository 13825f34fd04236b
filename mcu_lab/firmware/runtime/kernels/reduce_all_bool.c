#include "reduce_all.h"

#define MCU_KERNEL mcu_reduce_all_bool
#define MCU_ELEMENT uint8_t
#define MCU_SUM int32_t
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) ((sum) & (x))
#define MCU_FINISH(p, sum) ((MCU_ELEMENT)(sum))
#include "mcu_reduce.inl"
