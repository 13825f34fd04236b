#define MCU_KERNEL mcu_arg_float32_int64
#define MCU_ELEMENT float
#define MCU_INDEX int64_t
#include "arg.inl"
