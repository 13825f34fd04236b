#include "reduce_prod.h"

#define MCU_KERNEL mcu_reduce_prod_float32
#define MCU_ELEMENT float
#define MCU_SUM float
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) ((sum) * (x))
#define MCU_FINISH(p, sum) (sum)
#include "mcu_reduce.inl"
