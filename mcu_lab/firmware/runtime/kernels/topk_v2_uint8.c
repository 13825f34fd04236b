#define MCU_KERNEL mcu_topk_v2_uint8
#define MCU_ELEMENT uint8_t
#define MCU_IS_NUMBER(value) ((void)(value), 1)
#include "topk_v2.inl"
