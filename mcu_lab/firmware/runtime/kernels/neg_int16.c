#include "mcu_lab.h"

#define MCU_KERNEL mcu_neg_int16
#define MCU_PARAMS void
#define MCU_INPUT int16_t
#define MCU_OUTPUT int16_t
#define MCU_MAP(p, x) ((void)(p), (int16_t)(-(x)))
#include "mcu_element.inl"
