#define MCU_KERNEL mcu_compare_bool
#define MCU_ELEMENT uint8_t
#define MCU_COMPARED uint8_t
#define MCU_LEFT(p, x) (x)
#define MCU_RIGHT(p, y) (y)
#include "compare.inl"
