#include "reduce_prod.h"

#define MCU_KERNEL mcu_reduce_prod_int32
#define MCU_ELEMENT int32_t
#define MCU_SUM int32_t
#define MCU_OPEN(p, x) (x)
#define MCU_JOIN(p, sum, x) ((int32_t)((uint32_t)(sum) * (uint32_t)(x))) /* which wraps */
#define MCU_FINISH(p, sum) (sum)
#include "mcu_reduce.inl"
