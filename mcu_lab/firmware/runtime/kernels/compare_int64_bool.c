#define MCU_KERNEL mcu_compare_int64_bool
#define MCU_ELEMENT int64_t
#define MCU_COMPARED int64_t
#define MCU_LEFT(p, x) (x)
#define MCU_RIGHT(p, y) (y)
#include "compare.inl"
