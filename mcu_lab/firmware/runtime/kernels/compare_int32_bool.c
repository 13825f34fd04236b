#define MCU_KERNEL mcu_compare_int32_bool
#define MCU_ELEMENT int32_t
#define MCU_COMPARED int32_t
#define MCU_LEFT(p, x) (x)
#define MCU_RIGHT(p, y) (y)
#include "compare.inl"
