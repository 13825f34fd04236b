#define MCU_KERNEL mcu_arg_bool_int64
#define MCU_ELEMENT uint8_t
#define MCU_INDEX int64_t
#include "arg.inl"
