#define MCU_KERNEL mcu_arg_int32_int64
#define MCU_ELEMENT int32_t
#define MCU_INDEX int64_t
#include "arg.inl"
