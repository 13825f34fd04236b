#include "mcu_fixed_point.h"
#include "sum.h"

#define MCU_KERNEL mcu_sum_int32
#define MCU_ELEMENT int32_t
#define MCU_SUM int32_t
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) mcu_add_wrapping(sum, x)
#define MCU_FINISH(p, sum) (sum)
#include "mcu_reduce.inl"
