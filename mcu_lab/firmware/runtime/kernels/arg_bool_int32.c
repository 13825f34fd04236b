#define MCU_KERNEL mcu_arg_bool_int32
#define MCU_ELEMENT uint8_t
#define MCU_INDEX int32_t
#include "arg.inl"
