#include "mcu_lab.h"

#define MCU_KERNEL mcu_abs_int32
#define MCU_PARAMS void
#define MCU_INPUT int32_t
#define MCU_OUTPUT int32_t
#define MCU_MAP(p, x) ((void)(p), (int32_t)((x) < 0 ? 0u - (uint32_t)(x) : (uint32_t)(x)))
#include "mcu_element.inl"
