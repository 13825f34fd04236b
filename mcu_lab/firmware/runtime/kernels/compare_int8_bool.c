#include "mcu_compare_q8.h"

#define MCU_KERNEL mcu_compare_int8_bool
#define MCU_ELEMENT int8_t
#include "compare.inl"
