#define MCU_KERNEL mcu_compare_float32_bool
#define MCU_ELEMENT float
#define MCU_COMPARED float
#define MCU_LEFT(p, x) (x)
#define MCU_RIGHT(p, y) (y)
#include "compare.inl"
