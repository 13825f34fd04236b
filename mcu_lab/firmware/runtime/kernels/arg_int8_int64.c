#define MCU_KERNEL mcu_arg_int8_int64
#define MCU_ELEMENT int8_t
#define MCU_INDEX int64_t
#include "arg.inl"
