#include "mcu_compare_q8.h"

#define MCU_KERNEL mcu_compare_uint8_bool
#define MCU_ELEMENT uint8_t
#include "compare.inl"
