#define MCU_KERNEL mcu_arg_int32
#define MCU_ELEMENT int32_t
#define MCU_INDEX int32_t
#include "arg.inl"
