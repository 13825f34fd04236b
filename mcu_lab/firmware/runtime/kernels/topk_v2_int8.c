#define MCU_KERNEL mcu_topk_v2_int8
#define MCU_ELEMENT int8_t
#define MCU_IS_NUMBER(value) ((void)(value), 1)
#include "topk_v2.inl"
