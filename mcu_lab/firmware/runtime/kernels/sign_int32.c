#include "mcu_lab.h"

#define MCU_KERNEL mcu_sign_int32
#define MCU_PARAMS void
#define MCU_INPUT int32_t
#define MCU_OUTPUT int32_t
#define MCU_MAP(p, x) ((void)(p), (int32_t)((x) > 0 ? 1 : (x) < 0 ? -1 : 0))
#include "mcu_element.inl"
