#define MCU_KERNEL mcu_compare_int16_bool
#define MCU_ELEMENT int16_t
#define MCU_COMPARED int16_t
#define MCU_LEFT(p, x) (x)
#define MCU_RIGHT(p, y) (y)
#include "compare.inl"
