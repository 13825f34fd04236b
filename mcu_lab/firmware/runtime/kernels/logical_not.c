#include "mcu_lab.h"

#define MCU_KERNEL mcu_logical_not
#define MCU_PARAMS void
#define MCU_INPUT uint8_t
#define MCU_OUTPUT uint8_t
#define MCU_MAP(p, x) ((void)(p), (x) == 0)
#include "mcu_element.inl"
