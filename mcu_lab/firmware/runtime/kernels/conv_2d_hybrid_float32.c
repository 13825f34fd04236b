#define MCU_KERNEL mcu_conv_2d_hybrid_float32
#include "conv_2d_hybrid.inl"
