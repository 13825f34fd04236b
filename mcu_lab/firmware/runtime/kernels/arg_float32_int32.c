#define MCU_KERNEL mcu_arg_float32_int32
#define MCU_ELEMENT float
#define MCU_INDEX int32_t
#include "arg.inl"
