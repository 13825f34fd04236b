/* Floats through a function without parameters. The file that includes this defines MCU_KERNEL and MCU_REAL(x). */
#include "mcu_lab.h"

#define MCU_PARAMS void
#define MCU_INPUT float
#define MCU_OUTPUT float
#define MCU_MAP(p, x) ((void)(p), MCU_REAL(x))
#include "mcu_element.inl"
