#include "batch_matmul.h"

#define MCU_KERNEL mcu_batch_matmul_float32
#define MCU_ELEMENT float
#define MCU_SUM float
#define MCU_LIFT(x, offset) (x)
#define MCU_FINISH(p, sum) (sum)
#include "batch_matmul.inl"
