#define MCU_KERNEL mcu_topk_v2_int64
#define MCU_ELEMENT int64_t
#define MCU_IS_NUMBER(value) ((void)(value), 1)
#include "topk_v2.inl"
