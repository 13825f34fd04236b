#define MCU_KERNEL mcu_arg_int8_int32
#define MCU_ELEMENT int8_t
#define MCU_INDEX int32_t
#include "arg.inl"
