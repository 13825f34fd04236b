#define MCU_KERNEL mcu_topk_v2_float32
#define MCU_ELEMENT float
#define MCU_IS_NUMBER(value) ((value) == (value))
#include "topk_v2.inl"
